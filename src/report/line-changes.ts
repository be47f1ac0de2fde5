/** A line of two texts that are compared: of the old one only, of the new one only, or of both. */
export interface LineChange {
  readonly sign: "-" | "+" | " ";
  readonly text: string;
}

/** So many pairs of lines are compared; of texts that differ in more, the lines are told as they stand. */
const MOST_PAIRS = 250_000;

export interface LineChangesOptions {
  /**
   * Whether the lines are those of a term: commas at their ends do not count, as what follows in a list makes them.
   *
   * @default false
   */
  readonly isTerm?: boolean;
}

/** Compares lines: what both have in common, in order, and what only one of them has. */
export function lineChanges(
  before: readonly string[],
  after: readonly string[],
  { isTerm = false }: LineChangesOptions = {},
): LineChange[] {
  const [old, fresh] = isTerm ? [before.map(withoutComma), after.map(withoutComma)] : [before, after];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++;
  let end = 0;
  while (
    end < Math.min(old.length, fresh.length) - start &&
    old[old.length - 1 - end] === fresh[fresh.length - 1 - end]
  ) {
    end++;
  }
  const [oldEnd, freshEnd] = [before.length - end, after.length - end];
  const inner = compare(
    { lines: before.slice(start, oldEnd), keys: old.slice(start, oldEnd) },
    { lines: after.slice(start, freshEnd), keys: fresh.slice(start, freshEnd) },
  );
  const same = (text: string): LineChange => ({ sign: " ", text });
  return [...after.slice(0, start).map(same), ...inner, ...after.slice(freshEnd).map(same)];
}

/** Lines, and what each of them is compared by. */
interface KeyedLines {
  readonly lines: readonly string[];
  readonly keys: readonly string[];
}

function compare(before: KeyedLines, after: KeyedLines): LineChange[] {
  const changes: LineChange[] = [];
  const [oldCount, freshCount] = [before.lines.length, after.lines.length];
  const lengths = oldCount * freshCount > MOST_PAIRS ? undefined : commonLengths(before.keys, after.keys);
  let [old, fresh] = [0, 0];
  for (; lengths !== undefined && old < oldCount && fresh < freshCount;) {
    if (before.keys[old] === after.keys[fresh]) {
      changes.push({ sign: " ", text: after.lines[fresh] ?? "" });
      old++;
      fresh++;
    } else if ((lengths[old + 1]?.[fresh] ?? 0) >= (lengths[old]?.[fresh + 1] ?? 0)) {
      changes.push({ sign: "-", text: before.lines[old++] ?? "" });
    } else changes.push({ sign: "+", text: after.lines[fresh++] ?? "" });
  }
  for (const text of before.lines.slice(old)) changes.push({ sign: "-", text });
  for (const text of after.lines.slice(fresh)) changes.push({ sign: "+", text });
  return changes;
}

/** How many lines the ends of the two texts have in common, from each line of each of them on. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let old = before.length - 1; old >= 0; old--) {
    const [row, below] = [lengths[old], lengths[old + 1]];
    if (row === undefined || below === undefined) continue;
    for (let fresh = after.length - 1; fresh >= 0; fresh--) {
      row[fresh] =
        before[old] === after[fresh]
          ? (below[fresh + 1] ?? 0) + 1
          : Math.max(below[fresh] ?? 0, row[fresh + 1] ?? 0);
    }
  }
  return lengths;
}

function withoutComma(line: string): string {
  return line.endsWith(",") ? line.slice(0, -1) : line;
}
