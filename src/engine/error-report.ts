import { FusionPlayError, thrownText } from "../errors.ts";
import { formatTerm } from "../etf/format.ts";
import { displayFunction, isElixirModule } from "../etf/module-name.ts";
import { RemoteCallError, type StackFrame } from "./remote-node.ts";
import type { ErrorReport, StepReport } from "./report.ts";

const MAX_REASON_CHARACTERS = 4000;

/** What a report says of an error. One that nobody meant for the user is told with its stack. */
export function errorReport(error: unknown, language: StepReport["language"] = "elixir"): ErrorReport {
  if (!(error instanceof FusionPlayError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : thrownText(error);
    return { code: "STEP_FAILED", message: text, hint: null };
  }
  const report: ErrorReport = { code: error.code, message: error.message, hint: error.hint ?? null };
  if (error instanceof RemoteCallError) {
    const { class: kind, reason, stacktrace } = error.exception;
    report.class = kind;
    report.reason = formatTerm(reason, language, { maxLength: MAX_REASON_CHARACTERS });
    report.stacktrace = stacktrace.map((frame) => frameText(frame, language));
  }
  return report;
}

/** `lib/remote_health.ex:12: RemoteHealth.check/0`, as Elixir writes a frame. */
function frameText(frame: StackFrame, language: StepReport["language"]): string {
  const { module, function: name, arity, file, line } = frame;
  const place = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}: `;
  // In a trace of Elixir, modules of Erlang are written as Elixir writes them.
  const isForeign = language === "elixir" && !isElixirModule(module);
  return place + (isForeign ? `:${module}.${name}/${arity}` : displayFunction(module, name, arity));
}
