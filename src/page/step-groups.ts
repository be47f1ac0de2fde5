import { formatCount } from "../report/quantity.ts";
import { element } from "./dom.ts";
import { changedText, foldedText } from "./folded-text.ts";
import { hostNames } from "./host-names.ts";
import { linkTo } from "./links.ts";
import type { Cell, HostView, PlayView, RunView, SameCells } from "./run-view.ts";
import { statusBadge } from "./status.ts";

/** So many groups are shown before the rest is asked for. */
const SHOWN_GROUPS = 12;

/** So many hosts of a group have a link. */
const LINKED_HOSTS = 8;

/** Where a step is shown. */
export interface StepPlace {
  readonly run: RunView;
  readonly play: PlayView;
  readonly column: number;
}

/** Shows what a step gave on which hosts: most of them first, the others as they differ from these. */
export function stepGroups(place: StepPlace): HTMLElement {
  const groups = place.play.groups(place.column);
  const common = place.play.common(place.column);
  const list = element("ol", { class: "groups" });
  const append = (some: readonly SameCells[]): void => {
    list.append(
      ...some.map((group) => groupItem(group, { ...place, common: group === common ? undefined : common })),
    );
  };
  append(groups.slice(0, SHOWN_GROUPS));
  const left = groups.slice(SHOWN_GROUPS);
  if (left.length === 0) return list;
  const more = element(
    "button",
    { type: "button", class: "more" },
    `Show ${formatCount(left.length, "more group")}`,
  );
  more.addEventListener("click", () => {
    append(left);
    more.remove();
  });
  return element("div", {}, list, more);
}

function groupItem(
  { cell, hosts }: SameCells,
  { run, play, column, common }: StepPlace & { readonly common: SameCells | undefined },
): HTMLElement {
  const told = textOf(run, cell);
  const isLikeCommon =
    common !== undefined && isComparable(common.cell, cell) && textOf(run, common.cell) !== "";
  const text = isLikeCommon ? changedCell(run, common.cell, cell) : foldedText(told);
  return element(
    "li",
    {},
    element(
      "p",
      { class: "line" },
      statusBadge(cell.outcome),
      hostNames(hosts),
      element("span", { class: "muted" }, formatCount(hosts.length, "host")),
    ),
    told === "" ? element("p", { class: "muted" }, "No result") : text,
    hostLinks(play, hosts, column),
  );
}

/** What a cell shows first: why it failed, or what it gave. */
export function textOf(run: RunView, { result, extra }: Cell): string {
  return run.text(extra.error) || run.text(result);
}

/** Shows what a cell has in the place of one that it is comparable with. */
export function changedCell(run: RunView, before: Cell, after: Cell): HTMLElement {
  const isTerm = after.extra.error === undefined;
  return changedText(textOf(run, before), textOf(run, after), { isTerm });
}

/** Whether both failed, or neither did: an error and a result have no lines in common. */
export function isComparable(one: Cell, other: Cell): boolean {
  return (one.extra.error === undefined) === (other.extra.error === undefined);
}

function hostLinks(play: PlayView, hosts: readonly HostView[], column: number): HTMLElement {
  const links = hosts.slice(0, LINKED_HOSTS).map(({ host, index }) => {
    const href = linkTo({ type: "cell", play: play.index, host: index, column });
    return element("a", { href }, host.name);
  });
  const left = hosts.length - links.length;
  return element("p", { class: "links" }, ...links, ...(left > 0 ? [`and ${left} more`] : []));
}
