import { formatDuration } from "../report/quantity.ts";
import { byId, element } from "./dom.ts";
import { linkTo } from "./links.ts";
import type { Cell, PlayView } from "./run-view.ts";
import type { SelectedHost } from "./select-hosts.ts";
import { VirtualRows } from "./virtual-rows.ts";

/** With so few steps, columns are wide and their names stand upright. */
const WIDE_STEPS = 8;

/** The table of hosts and steps. One cell is reached with Tab, the others with the arrow keys. */
export class Matrix {
  readonly #table: HTMLTableElement = element("table", { role: "grid", class: "matrix" });
  readonly #rows: VirtualRows;
  readonly #head: HTMLTableSectionElement = element("thead");
  readonly #open: (link: string) => void;
  #play: PlayView | undefined;
  #hosts: readonly SelectedHost[] = [];
  #current = { row: 0, column: 0 };

  constructor(open: (link: string) => void) {
    this.#open = open;
    const body = element("tbody");
    this.#table.append(this.#head, body);
    const scroller = byId("matrix");
    scroller.replaceChildren(this.#table);
    this.#rows = new VirtualRows(scroller, body);
    body.addEventListener("click", ({ target }) => this.#clicked(target));
    body.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** Shows these hosts of a play. */
  show(play: PlayView, hosts: readonly SelectedHost[]): void {
    if (play !== this.#play) this.#drawHead(play);
    this.#play = play;
    this.#hosts = hosts;
    this.#current = { row: 0, column: 0 };
    this.#table.setAttribute("aria-rowcount", String(hosts.length + 1));
    this.#table.setAttribute("aria-colcount", String(play.steps.length + 1));
    this.#table.setAttribute("aria-label", `Hosts and steps of ${play.play.name}`);
    this.#rows.show({ count: hosts.length, width: play.steps.length + 1, row: (index) => this.#row(index) });
  }

  /** Shows what goes on paper, or what is in view again. */
  showWhole(isWhole: boolean): void {
    this.#rows.showWhole(isWhole);
  }

  #drawHead(play: PlayView): void {
    this.#table.classList.toggle("wide", play.steps.length <= WIDE_STEPS);
    const columns = play.steps.map(({ name }, column) => {
      const link = element(
        "a",
        { href: linkTo({ type: "step", play: play.index, column }), title: name },
        name,
      );
      return element("th", { scope: "col" }, link);
    });
    this.#head.replaceChildren(
      element("tr", { "aria-rowindex": 1 }, element("th", { scope: "col" }, "Host"), ...columns),
    );
  }

  #row(index: number): HTMLTableRowElement {
    const [play, selected] = [this.#play, this.#hosts[index]];
    if (play === undefined || selected === undefined) return element("tr");
    const { host, hits } = selected;
    const { name } = host.host;
    const link = element(
      "a",
      { href: linkTo({ type: "host", play: play.index, host: host.index }), title: name },
      name,
    );
    const row = element(
      "tr",
      {},
      element("th", { scope: "row", class: `sign s-${host.outcome}` }, link, hidden(`, ${host.outcome}`)),
    );
    for (const column of play.steps.keys()) {
      const cell = host.cell(column);
      const step = play.nameOf(column, cell);
      const isCurrent = index === this.#current.row && column === this.#current.column;
      const isOther = cell !== undefined && play.differs(column, cell);
      const made = element("td", {
        role: "gridcell",
        tabindex: isCurrent ? 0 : -1,
        "data-cell": `${index}.${column}`,
        "aria-label": `${name}, ${step}: ${describe(cell, isOther)}`,
        title: `${step}\n${name}: ${describe(cell, isOther)}`,
        class: `${cell === undefined ? "" : `sign s-${cell.outcome}`}${isOther ? " other" : ""}${hits.has(column) ? " hit" : ""}`,
      });
      if (play.steps.length <= WIDE_STEPS && cell !== undefined) made.append(timeOf(cell));
      row.append(made);
    }
    return row;
  }

  #clicked(target: EventTarget | null): void {
    const cell = target instanceof HTMLElement ? target.closest<HTMLElement>("[data-cell]") : null;
    const [row, column] = (cell?.dataset["cell"] ?? "").split(".").map(Number);
    if (row === undefined || column === undefined) return;
    this.#move(row, column);
    this.#openCell(row, column);
  }

  #openCell(row: number, column: number): void {
    const host = this.#hosts[row]?.host;
    if (this.#play === undefined || host?.cell(column) === undefined) return;
    this.#open(linkTo({ type: "cell", play: this.#play.index, host: host.index, column }));
  }

  #pressed(event: KeyboardEvent): void {
    const { row, column } = this.#current;
    if (!(event.target instanceof HTMLElement) || event.target.dataset["cell"] === undefined) return;
    const last = { row: this.#hosts.length - 1, column: (this.#play?.steps.length ?? 1) - 1 };
    const steps: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#move(row, column - 1),
      ArrowRight: () => this.#move(row, column + 1),
      ArrowUp: () => this.#move(row - 1, column),
      ArrowDown: () => this.#move(row + 1, column),
      PageUp: () => this.#move(Math.max(0, row - 15), column),
      PageDown: () => this.#move(Math.min(last.row, row + 15), column),
      Home: () => this.#move(event.ctrlKey ? 0 : row, 0),
      End: () => this.#move(event.ctrlKey ? last.row : row, last.column),
      Enter: () => this.#openCell(row, column),
      " ": () => this.#openCell(row, column),
    };
    const act = steps[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  #move(row: number, column: number): void {
    if (row < 0 || row >= this.#hosts.length || column < 0 || column >= (this.#play?.steps.length ?? 0))
      return;
    this.#table.querySelector('td[tabindex="0"]')?.setAttribute("tabindex", "-1");
    this.#current = { row, column };
    const cell = this.#rows.reveal(row)?.querySelector<HTMLElement>(`[data-cell="${row}.${column}"]`);
    cell?.setAttribute("tabindex", "0");
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function describe(cell: Cell | undefined, isOther: boolean): string {
  if (cell === undefined) return "not done";
  const time = cell.outcome === "skipped" ? "" : `, ${formatDuration(cell.durationMs)}`;
  return `${cell.outcome}${time}${isOther ? ", unlike most hosts" : ""}`;
}

function timeOf({ outcome, durationMs }: Cell): string {
  return outcome === "skipped" ? "skipped" : formatDuration(durationMs);
}

function hidden(text: string): HTMLElement {
  return element("span", { class: "unseen" }, text);
}
