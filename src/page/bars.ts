import { formatDuration } from "../report/quantity.ts";
import type { HostView, PlayView } from "./run-view.ts";

/** What is drawn of a host: a stretch of time in which it did one thing. */
export interface Bar {
  readonly type: string;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
}

/** What phases of connecting count as: the way to the host, or the start of its BEAM. */
const PHASES: Readonly<Record<string, string>> = { runtime: "boot", boot: "boot", handshake: "boot" };

/** Gives what a host did when in this run, as far as the report knows. */
export function barsOf(play: PlayView, host: HostView): Bar[] {
  const phases = host.host.phases.flatMap(([phase, startMs, durationMs]): Bar[] =>
    startMs < 0 ? [] : [{ type: PHASES[phase] ?? "connect", name: phase, startMs, durationMs }],
  );
  const steps = play.steps.flatMap((_step, column): Bar[] => {
    const found = host.cell(column);
    if (found === undefined || found.startMs < 0 || found.outcome === "skipped") return [];
    const { startMs, durationMs, pushMs, outcome } = found;
    const name = play.nameOf(column, found);
    const push: Bar = { type: "push", name: `${name}: shipping`, startMs, durationMs: pushMs };
    const rest = { startMs: startMs + pushMs, durationMs: Math.max(0, durationMs - pushMs) };
    return [...(pushMs > 0 ? [push] : []), { type: outcome, name, ...rest }];
  });
  return [...phases, ...steps];
}

/** Round times, four to eight of them. */
export function ticksOf(lengthMs: number): number[] {
  const rough = lengthMs / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? power * 10;
  const ticks: number[] = [];
  // The last one would stand over the edge.
  for (let ms = 0; ms < lengthMs * 0.92; ms += step) ticks.push(ms);
  return ticks;
}

/** Tells in words what bars draw. */
export function barsText(bars: readonly Bar[]): string {
  const sum = (type: RegExp): number =>
    bars.filter((bar) => type.test(bar.type)).reduce((ms, { durationMs }) => ms + durationMs, 0);
  return [
    `connecting ${formatDuration(sum(/^connect$/))}`,
    `booting ${formatDuration(sum(/^boot$/))}`,
    `shipping ${formatDuration(sum(/^push$/))}`,
    `steps ${formatDuration(sum(/^(?!connect|boot|push)/))}`,
  ].join(", ");
}
