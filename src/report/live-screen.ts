import { displayWidth, fitWidth } from "./display-width.ts";
import type { Line, Span } from "./line.ts";
import type { Activity, LivePlay, RunningHost } from "./live-state.ts";
import { formatClock } from "./quantity.ts";
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

/** Draws the play that runs: a summary, then the running hosts, folded where not all of them fit. */
export function screenLines(
  play: LivePlay,
  { rows, now }: Pick<ScreenSize, "rows"> & { now: number },
): Line[] {
  const hosts = [...play.running];
  const room = hostRoom(rows);
  const shown = hosts.length <= room ? hosts : hosts.slice(0, room - 1);
  const column = Math.min(NAME_LIMIT, Math.max(0, ...shown.map(([name]) => displayWidth(name))));
  return [
    summaryLine(play, now),
    ...shown.map(([name, host]) => hostLine(name, { host, column, now })),
    ...(shown.length < hosts.length ? [foldedLine(hosts.slice(shown.length).map(([, host]) => host))] : []),
  ];
}

/** A line with the state of a whole play: what the display shows first, and what stays of a finished play. */
export function summaryLine({ name, total, startedAt, running, outcomes }: LivePlay, now: number): Line {
  const done = HOST_OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome], 0);
  const counts = HOST_OUTCOMES.filter((outcome) => outcomes[outcome] > 0).flatMap((outcome): Line => [
    "  ",
    statusSpan(outcome, `${outcomes[outcome]} ${outcome}`),
  ]);
  return [
    // The numbers must stay to be seen on a narrow terminal, so a name comes last.
    { text: `${done}/${total} hosts`, style: "bold" },
    ...counts,
    ...(running.size > 0 ? [`  ${running.size} running`] : []),
    `  ${formatClock(now - startedAt)}  `,
    { text: name, style: "bold" },
  ];
}

/** A third of the screen stays free for the lines above, and one row for the cursor. */
function hostRoom(rows: number): number {
  return Math.max(1, Math.min(Math.floor((rows * 2) / 3), rows - 3));
}

function hostLine(
  name: string,
  { host, column, now }: { host: RunningHost; column: number; now: number },
): Line {
  const elapsed = now - host.since;
  const clock = elapsed >= 1000 ? formatClock(elapsed) : "";
  return [
    `  ${fitName(name, column)}  `,
    { text: `${clock.padStart(CLOCK_WIDTH)}  `, style: "dim" },
    ...activityLine(host.activity),
    ...(host.isReconnecting === true ? [RECONNECTING] : []),
  ];
}

const RECONNECTING: Span = { text: " (reconnecting)", style: "yellow" };

/** Brings a name to the width of its column. */
function fitName(name: string, column: number): string {
  const missing = column - displayWidth(name);
  return missing >= 0 ? name + " ".repeat(missing) : `${fitWidth(name, column - 1)}…`;
}

function activityLine(activity: Activity): Line {
  switch (activity.type) {
    case "connecting":
      return [{ text: `connecting: ${activity.phase}`, style: "cyan" }];
    case "connected":
      return [{ text: "connected", style: "cyan" }];
    case "step":
      return activity.attempt > 1
        ? [activity.step, { text: ` (attempt ${activity.attempt})`, style: "yellow" }]
        : [activity.step];
  }
}

/** What the hosts that do not fit do, the most frequent first. */
function foldedLine(hosts: readonly RunningHost[]): Line {
  const counts = new Map<string, number>();
  for (const { activity } of hosts) {
    const name = activity.type === "step" ? activity.step : activity.type;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  const named = sorted.slice(0, FOLDED_ACTIVITIES).map(([name, count]) => `${count} ${name}`);
  if (sorted.length > named.length) named.push("…");
  return [{ text: `  … ${hosts.length} more: ${named.join(", ")}`, style: "dim" }];
}
