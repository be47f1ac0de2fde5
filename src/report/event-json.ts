import type { RunEvent } from "../engine/run-event.ts";
import type { HostReport, StepReport } from "../engine/report.ts";
import { type JsonObject, pushedToJson, stepToJson } from "./report-json.ts";

/**
 * Gives what `--output ndjson` writes of an event; nothing for events that only a live display needs.
 * Each step comes once: what sums up a host or the run does not repeat the steps.
 */
export function eventToJson(event: RunEvent): JsonObject | undefined {
  switch (event.type) {
    case "host_connecting":
    case "step_retried":
      return undefined;
    case "step_finished": {
      const { report, ...rest } = event;
      const { name: _name, ...step } = stepToJson(report);
      return { ...rest, ...step };
    }
    case "host_finished": {
      const { report, ...rest } = event;
      return { ...rest, error: report.error, pushed: report.pushed, steps: countSteps(report) };
    }
    case "run_finished": {
      const { report, ...rest } = event;
      return { ...rest, duration_ms: report.duration_ms };
    }
    case "module_pushed":
      return pushedToJson(event);
    case "run_started":
    case "play_started":
    case "host_connected":
    case "step_started":
    case "file_pushed":
    case "step_output":
      return { ...event };
  }
}

function countSteps({ steps }: HostReport): Record<StepReport["status"], number> {
  const counts = { ok: 0, changed: 0, failed: 0, skipped: 0, ignored: 0 };
  for (const { status } of steps) counts[status] += 1;
  return counts;
}
