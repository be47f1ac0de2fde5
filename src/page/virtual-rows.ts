import { element } from "./dom.ts";

/** Height of a row in pixels; page.css has it as well. */
export const ROW_HEIGHT = 28;

/** Rows that are made above and below those in view. */
const MORE_ROWS = 24;

/** So many cells go on paper; to lay out all of a large run takes a minute. */
const MOST_PRINTED = 6000;

/** What the rows of a table are made from. */
export interface RowSource {
  readonly count: number;
  /** Cells of a row. */
  readonly width: number;
  row(index: number): HTMLTableRowElement;
}

/** Shows the rows of a table that are in view, and makes room for the others: a thousand would take long to make. */
export class VirtualRows {
  readonly #scroller: HTMLElement;
  readonly #body: HTMLTableSectionElement;
  #source: RowSource = { count: 0, width: 1, row: () => element("tr") };
  #shown: readonly [first: number, end: number] = [0, 0];
  #isWhole = false;

  constructor(scroller: HTMLElement, body: HTMLTableSectionElement) {
    this.#scroller = scroller;
    this.#body = body;
    scroller.addEventListener("scroll", () => this.#update(), { passive: true });
    new ResizeObserver(() => this.#update()).observe(scroller);
  }

  /** Shows other rows, from the first one on. */
  show(source: RowSource): void {
    this.#source = source;
    this.#scroller.scrollTop = 0;
    this.#draw();
  }

  /** Shows as many rows as go on paper, or those in view again. */
  showWhole(isWhole: boolean): void {
    this.#isWhole = isWhole;
    this.#draw();
  }

  /** Brings a row into view; gives it. */
  reveal(index: number): HTMLTableRowElement | undefined {
    const [top, bottom] = [index * ROW_HEIGHT, (index + 1) * ROW_HEIGHT];
    const head = this.#body.parentElement?.querySelector("thead")?.offsetHeight ?? 0;
    const room = this.#scroller.clientHeight - head;
    if (top < this.#scroller.scrollTop) this.#scroller.scrollTop = top;
    else if (bottom > this.#scroller.scrollTop + room) this.#scroller.scrollTop = bottom - room;
    this.#update();
    return this.#body.querySelector<HTMLTableRowElement>(`tr[data-row="${index}"]`) ?? undefined;
  }

  #inView(): readonly [first: number, end: number] {
    const { count, width } = this.#source;
    if (this.#isWhole) return [0, Math.min(count, Math.ceil(MOST_PRINTED / width))];
    const first = Math.floor(this.#scroller.scrollTop / ROW_HEIGHT);
    const rows = Math.ceil(this.#scroller.clientHeight / ROW_HEIGHT);
    return [Math.max(0, first), Math.min(count, first + rows + 1)];
  }

  #update(): void {
    const [first, end] = this.#inView();
    if (first < this.#shown[0] || end > this.#shown[1]) this.#draw();
  }

  #draw(): void {
    const [first, end] = this.#inView();
    const { count } = this.#source;
    const shown = this.#isWhole
      ? ([first, end] as const)
      : ([Math.max(0, first - MORE_ROWS), Math.min(count, end + MORE_ROWS)] as const);
    this.#shown = shown;
    const rows = [room(shown[0])];
    for (let index = shown[0]; index < shown[1]; index++) {
      const row = this.#source.row(index);
      row.dataset["row"] = String(index);
      row.setAttribute("aria-rowindex", String(index + 2));
      rows.push(row);
    }
    const left = count - shown[1];
    rows.push(this.#isWhole && left > 0 ? restRow(left) : room(left));
    const focused = document.activeElement;
    const place =
      focused instanceof HTMLElement && this.#body.contains(focused) ? focused.dataset["cell"] : undefined;
    this.#body.replaceChildren(...rows);
    if (place !== undefined) {
      this.#body.querySelector<HTMLElement>(`[data-cell="${place}"]`)?.focus({ preventScroll: true });
    }
  }
}

function restRow(rows: number): HTMLTableRowElement {
  return element("tr", {}, element("th", { scope: "row" }, `… and ${rows} more`));
}

function room(rows: number): HTMLTableRowElement {
  const row = element("tr", { "aria-hidden": "true", class: "room" });
  row.style.height = `${rows * ROW_HEIGHT}px`;
  return row;
}
