import type { HostStatus } from "../engine/report.ts";
import type { Span, Style } from "./line.ts";
import type { StepOutcome } from "./step-outcome.ts";

/** How a host ended, as people count: a host that is ok and on which something changed is `changed`. */
export type HostOutcome = HostStatus | "changed";

/** Every outcome, in the order in which they are listed. */
export const HOST_OUTCOMES: readonly HostOutcome[] = [
  "ok",
  "changed",
  "failed",
  "unreachable",
  "skipped",
  "cancelled",
];

const STYLES: Readonly<Record<HostOutcome | StepOutcome, Style>> = {
  ok: "green",
  changed: "yellow",
  failed: "red",
  unreachable: "red",
  skipped: "cyan",
  rescued: "magenta",
  ignored: "magenta",
  cancelled: "magenta",
};

/** Colours `text` as its status is coloured everywhere. */
export function statusSpan(status: HostOutcome | StepOutcome, text: string = status): Span {
  return { text, style: STYLES[status] };
}
