import type { Writable } from "node:stream";
import { eventToJson } from "./event-json.ts";
import { jsonText } from "./json-text.ts";
import { MarkedJson } from "./marked-json.ts";
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
      const marked = new MarkedJson((leafToJson) => eventToJson(event, leafToJson));
      if (marked.json === undefined) return;
      if (marked.hasMarks) {
        for (const piece of marked.pieces((json) => jsonText(json))) output.write(piece);
        output.write("\n");
      } else {
        output.writeLine(jsonText(marked.json));
      }
    },
    end: () => output.flush(),
  };
}
