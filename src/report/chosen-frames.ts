import type { HostReport } from "../engine/report.ts";
import { displayModule } from "../etf/module-name.ts";

/** Names of the modules that were shipped to a host, as frames have them; Elixir's own are not among them. */
export function ownModules({ steps, fetched = [] }: Pick<HostReport, "steps" | "fetched">): Set<string> {
  const pushed = [...steps.flatMap((step) => step.pushed), ...fetched];
  return new Set(pushed.flatMap(({ module, elixir }) => (elixir === null ? [displayModule(module)] : [])));
}

/**
 * Chooses frames of a stack trace where there is no room for all: the innermost one, those of our own modules, and
 * others, each from the inside; in the order in which they stand.
 */
export function chosenFrames(
  stacktrace: readonly string[],
  own: ReadonlySet<string>,
  most: number,
): readonly string[] {
  if (stacktrace.length <= most) return stacktrace;
  const weight = (index: number): number =>
    index === 0 ? 0 : own.has(moduleOf(stacktrace[index] ?? "")) ? 1 : 2;
  const chosen = [...stacktrace.keys()].toSorted((one, other) => weight(one) - weight(other)).slice(0, most);
  return chosen.toSorted((one, other) => one - other).map((index) => stacktrace[index] ?? "");
}

/** `RemoteHealth` of `lib/remote_health.ex:12: RemoteHealth.check/0`, `lists` of `lists.erl:1342: :lists.map/2`. */
function moduleOf(frame: string): string {
  const call = frame.slice(frame.lastIndexOf(": ") + 1).trimStart();
  return /^(?::?[a-z][\w@]*(?=[.:])|(?:[A-Z]\w*\.)*[A-Z]\w*(?=\.))/.exec(call)?.[0].replace(":", "") ?? "";
}
