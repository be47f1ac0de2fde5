/** A line of two texts that are compared: of the old one only, of the new one only, or of both. */
export interface LineChange {
  readonly sign: "-" | "+" | " ";
  readonly text: string;
}

/** So many pairs of lines are compared; of texts that differ in more, the lines are told as they stand. */
const MOST_PAIRS = 250_000;

/**
 * Compares lines: what both have in common, in order, and what only one of them has. Commas at ends of lines do not
 * count, as what follows in a list makes them.
 */
export function lineChanges(before: readonly string[], after: readonly string[]): LineChange[] {
  const [old, fresh] = [before.map(withoutComma), after.map(withoutComma)];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++;
  let end = 0;
  while (
    end < Math.min(old.length, fresh.length) - start &&
    old[old.length - 1 - end] === fresh[fresh.length - 1 - end]
  ) {
    end++;
  }
  const inner = compare(before.slice(start, before.length - end), after.slice(start, after.length - end));
  const same = (text: string): LineChange => ({ sign: " ", text });
  return [...after.slice(0, start).map(same), ...inner, ...after.slice(after.length - end).map(same)];
}

function compare(before: readonly string[], after: readonly string[]): LineChange[] {
  const changes: LineChange[] = [];
  const lengths = before.length * after.length > MOST_PAIRS ? undefined : commonLengths(before, after);
  let [old, fresh] = [0, 0];
  for (; lengths !== undefined && old < before.length && fresh < after.length;) {
    if (withoutComma(before[old] ?? "") === withoutComma(after[fresh] ?? "")) {
      changes.push({ sign: " ", text: after[fresh] ?? "" });
      old++;
      fresh++;
    } else if ((lengths[old + 1]?.[fresh] ?? 0) >= (lengths[old]?.[fresh + 1] ?? 0)) {
      changes.push({ sign: "-", text: before[old++] ?? "" });
    } else changes.push({ sign: "+", text: after[fresh++] ?? "" });
  }
  for (const text of before.slice(old)) changes.push({ sign: "-", text });
  for (const text of after.slice(fresh)) changes.push({ sign: "+", text });
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
        withoutComma(before[old] ?? "") === withoutComma(after[fresh] ?? "")
          ? (below[fresh + 1] ?? 0) + 1
          : Math.max(below[fresh] ?? 0, row[fresh + 1] ?? 0);
    }
  }
  return lengths;
}

function withoutComma(line: string): string {
  return line.endsWith(",") ? line.slice(0, -1) : line;
}
