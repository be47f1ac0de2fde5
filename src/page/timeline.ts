import { formatDuration } from "../report/quantity.ts";
import { type Bar, barsOf, barsText, ticksOf } from "./bars.ts";
import { byId, element } from "./dom.ts";
import { linkTo } from "./links.ts";
import type { PlayView } from "./run-view.ts";
import type { SelectedHost } from "./select-hosts.ts";
import { VirtualRows } from "./virtual-rows.ts";

/** Draws what hosts did when. */
export class Timeline {
  readonly #section: HTMLElement = byId("timeline");
  readonly #axis: HTMLElement = element("div", { class: "axis", "aria-hidden": "true" });
  readonly #rows: VirtualRows;
  #play: PlayView | undefined;
  #range = { startMs: 0, lengthMs: 1 };

  constructor() {
    const body = element("tbody");
    const head = element(
      "tr",
      {},
      element("th", { scope: "col" }, "Host"),
      element("th", { scope: "col" }, element("span", { class: "unseen" }, "What it did when"), this.#axis),
    );
    const scroller = byId("bars");
    scroller.replaceChildren(element("table", { class: "timeline" }, element("thead", {}, head), body));
    this.#rows = new VirtualRows(scroller, body);
  }

  /** Shows these hosts of a play. */
  show(play: PlayView, hosts: readonly SelectedHost[]): void {
    if (play !== this.#play) this.#measure(play);
    this.#play = play;
    this.#rows.show({
      count: hosts.length,
      width: play.steps.length + 1,
      row: (index) => this.#row(hosts[index]),
    });
  }

  /** Shows what goes on paper, or what is in view again. */
  showWhole(isWhole: boolean): void {
    this.#rows.showWhole(isWhole);
  }

  #measure(play: PlayView): void {
    let [startMs, endMs] = [Infinity, 0];
    for (const host of play.hosts) {
      for (const bar of barsOf(play, host)) {
        startMs = Math.min(startMs, bar.startMs);
        endMs = Math.max(endMs, bar.startMs + bar.durationMs);
      }
    }
    this.#section.hidden = startMs === Infinity;
    if (startMs === Infinity) return;
    this.#range = { startMs, lengthMs: Math.max(1, endMs - startMs) };
    const ticks = ticksOf(this.#range.lengthMs).map((ms) => {
      const tick = element("span", {}, formatDuration(ms));
      tick.style.left = `${(ms / this.#range.lengthMs) * 100}%`;
      return tick;
    });
    this.#axis.replaceChildren(...ticks);
  }

  #row(selected: SelectedHost | undefined): HTMLTableRowElement {
    const play = this.#play;
    if (play === undefined || selected === undefined) return element("tr");
    const { host } = selected;
    const { name } = host.host;
    const bars = barsOf(play, host);
    const link = element(
      "a",
      { href: linkTo({ type: "host", play: play.index, host: host.index }), title: name },
      name,
    );
    return element(
      "tr",
      {},
      element("th", { scope: "row", class: `sign s-${host.outcome}` }, link),
      element("td", {}, element("span", { class: "unseen" }, barsText(bars)), this.#track(bars)),
    );
  }

  #track(bars: readonly Bar[]): HTMLElement {
    const { startMs: origin, lengthMs } = this.#range;
    const track = element("div", { class: "track", "aria-hidden": "true" });
    for (const { type, name, startMs, durationMs } of bars) {
      const bar = element("span", {
        class: `bar b-${type}`,
        title: `${name}: ${formatDuration(durationMs)}`,
      });
      bar.style.left = `${((startMs - origin) / lengthMs) * 100}%`;
      bar.style.width = `${(durationMs / lengthMs) * 100}%`;
      track.append(bar);
    }
    return track;
  }
}
