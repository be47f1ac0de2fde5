import { randomBytes } from "node:crypto";
import type { RunStatus } from "../../engine/report.ts";
import type { Reporter } from "../reporter.ts";
import { encodeSpan } from "./otlp-json.ts";
import { RunSpans } from "./run-spans.ts";
import { TraceSender } from "./trace-sender.ts";
import type { TraceSettings } from "./trace-settings.ts";

/** So long the end of a run may wait for a collector. */
const END_LIMIT_MS = 5000;

/** The same of a run that was stopped, which is to end soon. */
const STOPPED_LIMIT_MS = 2000;

export interface TraceReporterOptions {
  readonly settings: TraceSettings;
  /** Version of fusion-play. */
  readonly version: string;
  /** Told once, in the end, what could not be sent; it changes nothing else. */
  warn(text: string): void;
}

/** Sends a run as a trace of OpenTelemetry, each span when it has ended. */
export function traceReporter({ settings, version, warn }: TraceReporterOptions): Reporter {
  const { resource, parent, traceState } = settings;
  const spans = new RunSpans({
    traceId: parent?.traceId ?? randomBytes(16).toString("hex"),
    parentSpanId: parent?.spanId,
    newSpanId: () => randomBytes(8).toString("hex"),
  });
  const sender = new TraceSender({ ...settings, sender: { resource, version } });
  let status: RunStatus | undefined;
  return {
    onEvent(event) {
      // What is above all else must not be missing.
      const isNeeded = event.type === "play_started" || event.type === "run_finished";
      for (const span of spans.after(event)) sender.add(encodeSpan(span, traceState), { isNeeded });
      if (event.type === "run_finished") ({ status } = event);
    },
    async end() {
      const lost = await sender.end(status === "cancelled" ? STOPPED_LIMIT_MS : END_LIMIT_MS);
      if (lost !== undefined) warn(lost);
    },
  };
}
