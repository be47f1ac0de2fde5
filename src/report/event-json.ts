import type { RunEvent } from "../engine/run-event.ts";
import type { HostReport } from "../engine/report.ts";
import type { LeafToJson } from "../etf/json.ts";
import { type JsonObject, pushedToJson, stepToJson } from "./report-json.ts";
import { NO_STEPS, outcomeOfStep, type StepOutcome } from "./step-outcome.ts";

/**
 * Gives what `--output ndjson` writes of an event; nothing for events that only a live display needs.
 * Each step comes once: what sums up a host or the run does not repeat the steps.
 *
 * @param leafToJson makes the JSON of texts and bytes in results
 */
export function eventToJson(event: RunEvent, leafToJson?: LeafToJson): JsonObject | undefined {
  switch (event.type) {
    case "host_connecting":
    case "step_retried":
      return undefined;
    case "step_finished": {
      const { report, ...rest } = event;
      const { name: _name, ...step } = stepToJson(report, "all", leafToJson);
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
    case "host_reconnecting":
    case "host_reconnected":
    case "step_started":
    case "file_pushed":
    case "step_output":
      return { ...event };
  }
}

function countSteps({ steps }: HostReport): Record<StepOutcome, number> {
  const counts = { ...NO_STEPS };
  for (const step of steps) counts[outcomeOfStep(step)] += 1;
  return counts;
}
