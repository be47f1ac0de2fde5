import { formatBytes, formatCount, formatDuration } from "../report/quantity.ts";
import { byId, element } from "./dom.ts";
import { foldedText } from "./folded-text.ts";
import { hostNames } from "./host-names.ts";
import { linkTo, type Place } from "./links.ts";
import type { Cell, HostView, PlayView, RunView } from "./run-view.ts";
import { statusBadge } from "./status.ts";
import { changedCell, isComparable, stepGroups, textOf } from "./step-groups.ts";

/** What is shown of a place beside the page. */
export interface Shown {
  readonly title: string;
  readonly subtitle: string;
  readonly parts: readonly Node[];
}

/** Shows all that is known of a place; false where the run has no such place. */
export function showDetails(run: RunView, place: Place): boolean {
  const shown = shownOf(run, place);
  if (shown === undefined) return false;
  byId("details-title").textContent = shown.title;
  byId("details-subtitle").textContent = shown.subtitle;
  byId("details-content").replaceChildren(...shown.parts);
  const panel = byId("details");
  panel.hidden = false;
  byId("details-content").scrollTop = 0;
  return true;
}

function shownOf(run: RunView, place: Place): Shown | undefined {
  const play = run.plays[place.play];
  if (play === undefined) return undefined;
  const { name } = play.play;
  switch (place.type) {
    case "step": {
      const step = play.steps[place.column];
      if (step === undefined) return undefined;
      const parts = [timesOf(play, place.column), stepGroups({ run, play, column: place.column })];
      return { title: step.name, subtitle: `${name}, all hosts`, parts };
    }
    case "host": {
      const host = play.hosts[place.host];
      if (host === undefined) return undefined;
      return { title: host.host.name, subtitle: name, parts: hostParts(run, play, host) };
    }
    case "cell": {
      const host = play.hosts[place.host];
      const cell = host?.cell(place.column);
      if (host === undefined || cell === undefined) return undefined;
      const parts = cellParts({ run, play, host, cell, column: place.column });
      const title = play.nameOf(place.column, cell);
      return { title, subtitle: `${host.host.name}, ${name}`, parts };
    }
  }
}

interface CellPlace {
  readonly run: RunView;
  readonly play: PlayView;
  readonly host: HostView;
  readonly cell: Cell;
  readonly column: number;
}

function cellParts(place: CellPlace): Node[] {
  const { run, cell, play, host, column } = place;
  const { extra, result } = cell;
  return [
    element(
      "p",
      { class: "line" },
      statusBadge(cell.outcome),
      element("span", {}, timeTexts(cell).join(" · ")),
    ),
    ...(extra.notes === undefined ? [] : [element("p", { class: "muted" }, extra.notes.join(" · "))]),
    ...textPart("Error", run.text(extra.error)),
    ...textPart("Result", run.text(result)),
    ...comparisonPart(place),
    ...textPart("What would change", run.text(extra.diff)),
    ...textPart("Output", run.text(extra.output)),
    ...modulesPart(run, cell),
    element(
      "p",
      { class: "links" },
      element(
        "a",
        { href: linkTo({ type: "host", play: play.index, host: host.index }) },
        `All steps of ${host.host.name}`,
      ),
      element("a", { href: linkTo({ type: "step", play: play.index, column }) }, "This step on all hosts"),
    ),
  ];
}

function timeTexts({ startMs, durationMs, pushMs, outcome, extra }: Cell): string[] {
  return [
    ...(outcome === "skipped" ? [] : [`took ${formatDuration(durationMs)}`]),
    ...(pushMs > 0 ? [`${formatDuration(pushMs)} of it for shipping`] : []),
    ...(startMs < 0 ? [] : [`began at ${formatDuration(startMs)}`]),
    ...(extra.attempts === undefined ? [] : [formatCount(extra.attempts, "attempt")]),
  ];
}

function textPart(title: string, text: string): Node[] {
  return text === "" ? [] : [element("h3", {}, title), foldedText(text)];
}

/** How the cell compares with those of the same step on other hosts. */
function comparisonPart({ run, play, cell, column, host }: CellPlace): Node[] {
  const groups = play.groups(column);
  if (groups.length === 1 && groups[0]?.hosts.length === 1) return [];
  const alike =
    groups.find(({ hosts }) => hosts.includes(host))?.hosts.filter((other) => other !== host) ?? [];
  const parts: Node[] = [
    alike.length === 0
      ? element("p", { class: "muted" }, "It ended like this on no other host.")
      : element("p", { class: "line muted" }, "The same on", hostNames(alike)),
  ];
  const common = play.common(column);
  if (common === undefined || !play.differs(column, cell)) return parts;
  return [
    ...parts,
    element("h3", {}, "Unlike most hosts"),
    element("p", { class: "line" }, statusBadge(common.cell.outcome), "on", hostNames(common.hosts)),
    isComparable(common.cell, cell)
      ? changedCell(run, common.cell, cell)
      : foldedText(textOf(run, common.cell)),
  ];
}

function modulesPart(run: RunView, { extra: { modules = [], files = [] } }: Cell): Node[] {
  const shipped = [
    ...modules
      .flatMap((index) => run.data.modules[index] ?? [])
      .map(({ name, bytes }) => [name, bytes] as const),
    ...files,
  ];
  if (shipped.length === 0) return [];
  const bytes = shipped.reduce((sum, [, size]) => sum + size, 0);
  const rows = shipped.map(([name, size]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, element("code", {}, name)),
      element("td", { class: "number" }, formatBytes(size)),
    ),
  );
  return [
    element("h3", {}, `Shipped: ${shipped.length}, ${formatBytes(bytes)}`),
    element("table", { class: "plain" }, element("tbody", {}, ...rows)),
  ];
}

function hostParts(run: RunView, play: PlayView, view: HostView): Node[] {
  const { runtime, pushed, error, facts } = view.host;
  const [modules, bytes, skipped, files, fileBytes] = pushed;
  const told = [
    ...(runtime === undefined ? [] : [runtime]),
    ...(modules > 0 ? [`${formatCount(modules, "module")} shipped, ${formatBytes(bytes)}`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped, "module")} there already`] : []),
    ...(files > 0 ? [`${formatCount(files, "file")} shipped, ${formatBytes(fileBytes)}`] : []),
  ];
  return [
    element("p", { class: "line" }, statusBadge(view.outcome), element("span", {}, told.join(" · "))),
    ...textPart("Error", run.text(error)),
    element("h3", {}, "What it did"),
    doneTable(play, view),
    ...textPart("Facts", run.text(facts)),
  ];
}

/** Phases and steps of a host with their times: what the timeline draws, in words. */
function doneTable(play: PlayView, view: HostView): HTMLElement {
  const { host, index } = view;
  const phases = host.phases.map(([phase, startMs, durationMs]) => doneRow([phase], "", startMs, durationMs));
  const steps = play.steps.flatMap((_step, column) => {
    const found = view.cell(column);
    if (found === undefined) return [];
    const href = linkTo({ type: "cell", play: play.index, host: index, column });
    return [
      doneRow(
        [element("a", { href }, play.nameOf(column, found))],
        statusBadge(found.outcome),
        found.startMs,
        found.durationMs,
      ),
    ];
  });
  const head = ["Step", "Status", "Began", "Took"].map((title) => element("th", { scope: "col" }, title));
  return element(
    "table",
    { class: "plain" },
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...phases, ...steps),
  );
}

function doneRow(
  name: readonly (Node | string)[],
  status: Node | string,
  startMs: number,
  durationMs: number,
): HTMLElement {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, ...name),
    element("td", {}, status),
    element("td", { class: "number" }, startMs < 0 ? "" : formatDuration(startMs)),
    element("td", { class: "number" }, formatDuration(durationMs)),
  );
}

/** How long a step took on the hosts that did it. */
function timesOf(play: PlayView, column: number): HTMLElement {
  const times = play.hosts
    .flatMap((host) => host.cell(column) ?? [])
    .filter(({ outcome }) => outcome !== "skipped")
    .map(({ durationMs }) => durationMs)
    .toSorted((a, b) => a - b);
  const [shortest] = times;
  if (shortest === undefined) return element("p", { class: "muted" }, "No host did it");
  const median = times[Math.floor((times.length - 1) / 2)] ?? 0;
  const text = [
    `shortest ${formatDuration(shortest)}`,
    `median ${formatDuration(median)}`,
    `longest ${formatDuration(times.at(-1) ?? 0)}`,
  ].join(" · ");
  return element("p", { class: "muted" }, `${formatCount(times.length, "host")} did it: ${text}`);
}
