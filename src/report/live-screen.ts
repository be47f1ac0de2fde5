import { displayWidth } from "./display-width.ts";
import { foldHosts } from "./host-ranges.ts";
import type { Line, Span } from "./line.ts";
import type { Activity, LivePlay } from "./live-state.ts";
import { formatClock } from "./quantity.ts";
import { headingWith, stepIdentity } from "./step-heading.ts";
import { HOST_OUTCOMES, statusSpan } from "./status-style.ts";

/** Widest column of host names. */
const NAME_LIMIT = 30;

/** Width of a clock below an hour: `59:59`. */
const CLOCK_WIDTH = 5;

/** How many activities the line of the folded hosts names. */
const FOLDED_ACTIVITIES = 3;

export interface ScreenSize {
  readonly rows: number;
  readonly columns: number;
}

/** Draws the play that runs: a summary, then the running hosts, those at the same together. */
export function screenLines(
  play: LivePlay,
  { rows, now }: Pick<ScreenSize, "rows"> & { now: number },
): Line[] {
  const groups = runningGroups(play);
  const room = groupRoom(rows);
  const shown = (groups.length <= room ? groups : groups.slice(0, room - 1)).map((group) => ({
    ...group,
    name: foldHosts(group.hosts),
  }));
  const column = Math.min(NAME_LIMIT, Math.max(0, ...shown.map(({ name }) => displayWidth(name))));
  return [
    summaryLine(play, now),
    ...shown.map((group) => groupLine(group, { column, now })),
    ...(shown.length < groups.length ? [foldedLine(groups.slice(shown.length))] : []),
  ];
}

/** A line with the state of a whole play: what the display shows first, and what stays of a finished play. */
export function summaryLine(play: LivePlay, now: number): Line {
  const { name, total, startedAt, running, outcomes } = play;
  const done = HOST_OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome], 0);
  const counts = HOST_OUTCOMES.filter((outcome) => outcomes[outcome] > 0).flatMap((outcome): Line => [
    "  ",
    statusSpan(outcome, `${outcomes[outcome]} ${outcome}`),
  ]);
  const [waited] = running.size === 1 && done > 0 ? running.keys() : [];
  const progress = progressOf(play);
  const isShown = running.size > 0 && progress !== undefined && progress > 0 && progress < 1;
  return [
    // The numbers must stay to be seen on a narrow terminal, so a name comes last.
    { text: `${done}/${total} hosts`, style: "bold" },
    ...counts,
    ...(running.size === 0
      ? []
      : [`  ${waited === undefined ? `${running.size} running` : `waiting for ${waited}`}`]),
    ...(isShown ? [`  ${Math.floor(progress * 100)}%`] : []),
    `  ${formatClock(now - startedAt)}`,
    ...(isShown ? estimate(progress, now - startedAt) : []),
    "  ",
    { text: name, style: "bold" },
  ];
}

/** Which part of all steps of all hosts is done, from 0 to 1; undefined where nobody knows how many there are. */
function progressOf({ total, steps, running, outcomes }: LivePlay): number | undefined {
  if (steps === undefined || steps === 0 || total === 0) return undefined;
  const ended = HOST_OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome], 0);
  const begun = [...running.values()].reduce((sum, { done }) => sum + Math.min(1, done / steps), 0);
  return (ended + begun) / total;
}

/** What is left before this much of it was done tells nothing. */
const ESTIMATE_FROM = 0.1;
const ESTIMATE_AFTER_MS = 5000;

/** How long it may still take, if it goes on as it did. */
function estimate(progress: number, elapsed: number): Line {
  if (progress < ESTIMATE_FROM || elapsed < ESTIMATE_AFTER_MS) return [];
  const left = (elapsed * (1 - progress)) / progress;
  return [{ text: `, about ${formatClock(left)} left`, style: "dim" }];
}

/** A third of the screen stays free for the lines above, and one row for the cursor. */
function groupRoom(rows: number): number {
  return Math.max(1, Math.min(Math.floor((rows * 2) / 3), rows - 3));
}

/** Hosts that are at the same. */
interface RunningGroup {
  readonly hosts: string[];
  readonly activity: Activity;
  /** What the step that they are at is called; undefined of hosts that are at none. */
  step: string | undefined;
  /** Whether their connections were lost and are made again. */
  readonly isReconnecting: boolean;
  /** Since when the first of them has been at it, and the last. */
  since: number;
  latest: number;
  /** The first of them. */
  first: string;
}

/** The running hosts by what they do, those first that wait for the longest. Every host is looked at once: there may be many. */
function runningGroups({ running }: LivePlay): RunningGroup[] {
  const groups = new Map<string, RunningGroup>();
  for (const [name, { activity, since, isReconnecting = false }] of running) {
    const key = `${isReconnecting ? "lost" : ""} ${activityKey(activity)}`;
    const group = groups.get(key);
    const step = activity.type === "step" ? headingWith(group?.step, activity.step) : undefined;
    if (group === undefined) {
      groups.set(key, { hosts: [name], activity, step, isReconnecting, since, latest: since, first: name });
      continue;
    }
    group.step = step;
    group.hosts.push(name);
    if (since > group.latest) group.latest = since;
    if (since >= group.since) continue;
    group.since = since;
    group.first = name;
  }
  return [...groups.values()].toSorted((one, other) => one.since - other.since);
}

function activityKey(activity: Activity): string {
  switch (activity.type) {
    case "connecting":
      return `connecting ${activity.phase}`;
    case "connected":
      return "connected";
    case "step":
      return `step ${activity.attempt} ${stepIdentity(activity.step)}`;
  }
}

function groupLine(
  {
    name,
    hosts,
    activity,
    step,
    isReconnecting,
    since,
    latest,
    first,
  }: RunningGroup & { readonly name: string },
  { column, now }: { column: number; now: number },
): Line {
  const elapsed = now - since;
  const clock = elapsed >= 1000 ? formatClock(elapsed) : "";
  // Named where it is a second ahead of the last.
  const waits = latest - since >= 1000 ? `, ${first} the longest` : "";
  return [
    "  ",
    { text: name, columns: column },
    "  ",
    { text: `${clock.padStart(CLOCK_WIDTH)}  `, style: "dim" },
    ...activityLine(activity, step),
    ...(isReconnecting ? [RECONNECTING] : []),
    ...(hosts.length === 1 ? [] : [{ text: `  ${hosts.length} hosts${waits}`, style: "dim" } as const]),
  ];
}

const RECONNECTING: Span = { text: " (reconnecting)", style: "yellow" };

function activityLine(activity: Activity, step = ""): Line {
  switch (activity.type) {
    case "connecting":
      return [{ text: `connecting: ${activity.phase}`, style: "cyan" }];
    case "connected":
      return [{ text: "connected", style: "cyan" }];
    case "step":
      return activity.attempt > 1
        ? [step, { text: ` (attempt ${activity.attempt})`, style: "yellow" }]
        : [step];
  }
}

/** What the hosts do that do not fit, the most frequent first. */
function foldedLine(groups: readonly RunningGroup[]): Line {
  const counts = new Map<string, number>();
  for (const { activity, step, hosts } of groups) {
    const name = step ?? activity.type;
    counts.set(name, (counts.get(name) ?? 0) + hosts.length);
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  const named = sorted.slice(0, FOLDED_ACTIVITIES).map(([name, count]) => `${count} ${name}`);
  if (sorted.length > named.length) named.push("…");
  const hosts = groups.reduce((sum, group) => sum + group.hosts.length, 0);
  return [{ text: `  … ${hosts} more: ${named.join(", ")}`, style: "dim" }];
}
