/** So many lines are listed of what is wrong more than once. */
const MOST_LINES = 12;

/** Lists numbers of lines for people: `line 4`, `lines 4, 9`. */
export function listLines(lines: Iterable<number>): string {
  const all = [...lines];
  const shown = all.slice(0, MOST_LINES).join(", ");
  return `${all.length === 1 ? "line" : "lines"} ${shown}${all.length > MOST_LINES ? ", …" : ""}`;
}
