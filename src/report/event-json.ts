import type { RunEvent } from "../engine/run-event.ts";
import type { HostReport } from "../engine/report.ts";
import type { LeafToJson } from "../etf/json.ts";
import { type JsonObject, pushedToJson, stepToJson } from "./report-json.ts";
import { NO_STEPS, outcomeOfStep, type StepOutcome } from "./step-outcome.ts";

/**
 * Gives what `--output ndjson` writes of an event; nothing for events that only a live display needs.
 * `type` and `at` come first. Each step comes once: what sums up a host or the run does not repeat the steps.
 *
 * @param leafToJson makes the JSON of texts and bytes in results
 */
export function eventToJson(event: RunEvent, leafToJson?: LeafToJson): JsonObject | undefined {
  switch (event.type) {
    case "host_connecting":
    case "step_retried":
    case "run_stopping":
      return undefined;
    case "step_finished": {
      // By name: most events are of this type, and to spread what is left of one takes as long as to write it.
      const { type, at, step, index, status, play, host, report } = event;
      const { name: _name, ...done } = stepToJson(report, "all", leafToJson);
      return { type, at, step, index, status, play, host, ...done };
    }
    case "host_finished": {
      const { type, at, report, ...rest } = event;
      return { type, at, ...rest, error: report.error, pushed: report.pushed, steps: countSteps(report) };
    }
    case "run_finished": {
      const { type, at, report, ...rest } = event;
      return { type, at, ...rest, duration_ms: report.duration_ms };
    }
    case "module_pushed": {
      const { type, at, ...module } = event;
      return { type, at, ...pushedToJson(module) };
    }
    case "run_started":
    case "play_started":
    case "host_connected":
    case "host_reconnecting":
    case "host_reconnected":
    case "step_started":
    case "file_pushed":
    case "step_output": {
      const { type, at, ...rest } = event;
      return { type, at, ...rest };
    }
  }
}

function countSteps({ steps }: HostReport): Record<StepOutcome, number> {
  const counts = { ...NO_STEPS };
  for (const step of steps) counts[outcomeOfStep(step)] += 1;
  return counts;
}
