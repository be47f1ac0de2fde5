import {
  OUTCOMES,
  type PageData,
  type PageExtra,
  type PageHost,
  type PageOutcome,
  type PagePlay,
  type PageStep,
} from "../report/page/page-data.ts";
import { withoutIdentities } from "../report/without-identities.ts";

/** What became of a step on a host. */
export interface Cell {
  readonly outcome: PageOutcome;
  /** From the begin of the run; -1 where that is not known, or was before. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly pushMs: number;
  /** Index of a text, or -1. */
  readonly result: number;
  readonly extra: PageExtra;
}

/** How a host ended, as people count. */
export type HostOutcome = PageHost["status"] | "changed";

/** What comes first is what people look for. */
export const HOST_OUTCOMES: readonly HostOutcome[] = [
  "failed",
  "unreachable",
  "cancelled",
  "changed",
  "ok",
  "skipped",
];

const NOTHING: PageExtra = {};

/** A host of a play. */
export class HostView {
  readonly host: PageHost;
  /** Its place among the hosts of the play. */
  readonly index: number;
  readonly outcome: HostOutcome;
  readonly #extras: readonly PageExtra[];
  readonly #places: ReadonlyMap<number, number> | undefined;

  constructor(host: PageHost, index: number, extras: readonly PageExtra[]) {
    this.host = host;
    this.index = index;
    this.#extras = extras;
    this.#places = host.columns && new Map(host.columns.map((column, place) => [column, place]));
    const hasChanged = host.outcomes.includes(OUTCOMES.indexOf("changed"));
    this.outcome = host.status === "ok" && hasChanged ? "changed" : host.status;
  }

  /** What became of the step of a column; undefined where the host did not come to it. */
  cell(column: number): Cell | undefined {
    const place = this.#places === undefined ? column : this.#places.get(column);
    const outcome = place === undefined ? undefined : OUTCOMES[this.host.outcomes[place] ?? -1];
    if (place === undefined || outcome === undefined) return undefined;
    const { starts, durations, pushes, results, extras } = this.host;
    return {
      outcome,
      startMs: starts[place] ?? -1,
      durationMs: durations[place] ?? 0,
      pushMs: pushes[place] ?? 0,
      result: results[place] ?? -1,
      extra: this.#extras[extras[place] ?? -1] ?? NOTHING,
    };
  }
}

/** Hosts on which a step ended in the same way. */
export interface SameCells {
  readonly cell: Cell;
  readonly hosts: HostView[];
}

/** A play, with its hosts in the order in which they are shown. */
export class PlayView {
  readonly play: PagePlay;
  readonly index: number;
  readonly steps: readonly PageStep[];
  /** As the report has them. */
  readonly hosts: readonly HostView[];
  /** What failed comes first. */
  readonly ordered: readonly HostView[];
  readonly #texts: readonly string[];
  readonly #keyOf: (cell: Cell) => string;
  readonly #groups: Map<number, readonly SameCells[]> = new Map();
  readonly #common: Map<number, SameCells | undefined> = new Map();

  constructor(
    play: PagePlay,
    index: number,
    { data, keyOf }: { data: PageData; keyOf: (cell: Cell) => string },
  ) {
    this.play = play;
    this.index = index;
    this.steps = play.steps;
    this.hosts = play.hosts.map((host, place) => new HostView(host, place, data.extras));
    const rank = ({ outcome }: HostView): number => Math.min(3, HOST_OUTCOMES.indexOf(outcome));
    this.ordered = this.hosts.toSorted((a, b) => rank(a) - rank(b));
    this.#texts = data.texts;
    this.#keyOf = keyOf;
  }

  /** What the step of a column is called on the host of a cell; without one, for all hosts. */
  nameOf(column: number, cell?: Cell): string {
    return this.#texts[cell?.extra.name ?? -1] ?? this.steps[column]?.name ?? "";
  }

  /** The hosts that came to a step, by what became of it there; what is most common comes first. */
  groups(column: number): readonly SameCells[] {
    const known = this.#groups.get(column);
    if (known !== undefined) return known;
    const groups = new Map<string, SameCells>();
    for (const host of this.hosts) {
      const cell = host.cell(column);
      if (cell === undefined) continue;
      const key = this.#keyOf(cell);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { cell, hosts: [host] });
      else group.hosts.push(host);
    }
    const sorted = [...groups.values()].toSorted((a, b) => b.hosts.length - a.hosts.length);
    this.#groups.set(column, sorted);
    return sorted;
  }

  /** The hosts on which a step ended as on most; undefined where there is nothing that most have in common. */
  common(column: number): SameCells | undefined {
    if (this.#common.has(column)) return this.#common.get(column);
    const groups = this.groups(column);
    const hosts = groups.reduce((sum, group) => sum + group.hosts.length, 0);
    const [first] = groups;
    const common = first !== undefined && first.hosts.length * 2 > hosts ? first : undefined;
    this.#common.set(column, common);
    return common;
  }

  /** Whether a cell is another one than on most hosts. */
  differs(column: number, cell: Cell): boolean {
    const common = this.common(column);
    return common !== undefined && this.#keyOf(common.cell) !== this.#keyOf(cell);
  }
}

/** A run, as the page shows it. */
export class RunView {
  readonly data: PageData;
  readonly plays: readonly PlayView[];
  /** For each text the first one that is the same but for the numbers of processes. */
  readonly #same: readonly number[];

  constructor(data: PageData) {
    this.data = data;
    const first = new Map<string, number>();
    this.#same = data.texts.map((text, index) => {
      const bare = withoutIdentities(text);
      const known = first.get(bare) ?? index;
      first.set(bare, known);
      return known;
    });
    const keyOf = ({ outcome, result, extra }: Cell): string =>
      `${outcome} ${this.#same[result] ?? -1} ${this.#same[extra.error ?? -1] ?? -1}`;
    this.plays = data.plays.map((play, index) => new PlayView(play, index, { data, keyOf }));
  }

  text(index: number | undefined): string {
    return this.data.texts[index ?? -1] ?? "";
  }
}
