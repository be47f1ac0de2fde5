import type { Writable } from "node:stream";
import { eventToJson } from "./event-json.ts";
import { jsonText } from "./json-text.ts";
import type { Reporter } from "./reporter.ts";
import { TextOutput } from "./text-output.ts";

export interface NdjsonReporterOptions {
  readonly stream: Writable;
}

/** Writes each event as one line of JSON, in the order in which they come: `schemas/event.schema.json`. */
export function ndjsonReporter({ stream }: NdjsonReporterOptions): Reporter {
  const output = new TextOutput(stream);
  return {
    onEvent(event) {
      const json = eventToJson(event);
      if (json !== undefined) output.writeLine(jsonText({ type: event.type, at: event.at, ...json }));
    },
    end: () => output.flush(),
  };
}
