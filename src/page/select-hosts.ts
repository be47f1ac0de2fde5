import type { Cell, HostOutcome, HostView, PlayView } from "./run-view.ts";

/** Which hosts are shown. */
export interface Filter {
  /** Part of the name of a host, or of what a step is called only there, of a result, an output or an error there. */
  readonly query: string;
  /** All of them, where it is empty. */
  readonly outcomes: ReadonlySet<HostOutcome>;
}

/** A host that is shown, and the columns in which the text stands that is looked for. */
export interface SelectedHost {
  readonly host: HostView;
  readonly hits: ReadonlySet<number>;
}

const NO_HITS: ReadonlySet<number> = new Set();

/** Gives the hosts of a play that are to be shown, in their order. */
export function selectHosts(
  play: PlayView,
  { query, outcomes }: Filter,
  texts: readonly string[],
): SelectedHost[] {
  const wanted = play.ordered.filter(({ outcome }) => outcomes.size === 0 || outcomes.has(outcome));
  const searched = query.trim().toLowerCase();
  if (searched === "") return wanted.map((host) => ({ host, hits: NO_HITS }));
  const found = new Set(
    texts.flatMap((text, index) => (text.toLowerCase().includes(searched) ? [index] : [])),
  );
  return wanted.flatMap((host) => {
    const hits = new Set(
      play.steps.flatMap((_step, column) => (holds(host.cell(column), found) ? [column] : [])),
    );
    const isNamed =
      host.host.name.toLowerCase().includes(searched) ||
      found.has(host.host.error ?? -1) ||
      (host.host.runtime ?? "").toLowerCase().includes(searched);
    return isNamed || hits.size > 0 ? [{ host, hits }] : [];
  });
}

function holds(cell: Cell | undefined, found: ReadonlySet<number>): boolean {
  if (cell === undefined) return false;
  const { name = -1, output = -1, error = -1, diff = -1 } = cell.extra;
  return [name, cell.result, output, error, diff].some((text) => found.has(text));
}
