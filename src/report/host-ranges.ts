/**
 * Folds names of hosts that differ in one number only: `web[01-18]`, `web[1-3,7].example.org`.
 * Names keep the order in which they came; numbers within a fold are sorted.
 */
export function foldHosts(names: readonly string[]): string {
  const folds = new Map<string, Fold>();
  const parts = names.map(splitNumber);
  const padded = new Set(parts.filter(({ digits }) => /^0\d/.test(digits)).map(shapeOf));
  for (const part of parts) {
    // `web`, `web1` and `web01` are different hosts and must not share a range.
    const isApart = part.digits === "" || padded.has(shapeOf(part));
    const key = isApart ? shapeOf(part) : `${part.before}\0${part.after}`;
    const fold = folds.get(key) ?? { before: part.before, after: part.after, digits: [] };
    if (part.digits !== "") fold.digits.push(part.digits);
    folds.set(key, fold);
  }
  return [...folds.values()].map(formatFold).join(", ");
}

/** Folds names of hosts; where that is longer than `limit`, the first of them, and how many there are. */
export function foldHostsWithin(names: readonly string[], limit: number): string {
  const text = foldHosts(names);
  if (text.length <= limit) return text;
  const count = ` (${names.length} hosts)`;
  // The mark, and a bracket.
  const room = Math.max(0, limit - count.length - 4);
  const comma = text.lastIndexOf(",", room);
  const bracket = text.indexOf("[");
  const end = comma > 0 ? comma : bracket > 0 && bracket < room ? bracket : room;
  const first = text.slice(0, end + 1);
  const isOpen = first.lastIndexOf("[") > first.lastIndexOf("]");
  return `${first}…${isOpen ? "]" : ""}${count}`;
}

interface NumberedName {
  readonly before: string;
  /** Empty where the name has no number to count by. */
  readonly digits: string;
  readonly after: string;
}

interface Fold {
  readonly before: string;
  readonly after: string;
  readonly digits: string[];
}

/** Takes the last number of the first label, or of the whole name where that label has none. */
function splitNumber(name: string): NumberedName {
  const unnumbered = { before: name, digits: "", after: "" };
  // No eye counts through the bytes of an address.
  if (/^[\d.]+$/.test(name) || name.includes(":")) return unnumbered;
  const match =
    /^([^.]*?)(\d{1,15})([^\d.]*(?:\..*)?)$/.exec(name) ?? /^(.*?)(\d{1,15})(\D*)$/.exec(name) ?? undefined;
  if (match === undefined) return unnumbered;
  const [, before = "", digits = "", after = ""] = match;
  return { before, digits, after };
}

/** What numbers that are padded to one length have in common. */
function shapeOf({ before, digits, after }: NumberedName): string {
  return `${before}\0${after}\0${digits.length}`;
}

function formatFold({ before, after, digits }: Fold): string {
  if (digits.length <= 1) return `${before}${digits[0] ?? ""}${after}`;
  const ranges: [first: string, last: string][] = [];
  for (const number of digits.toSorted((a, b) => Number(a) - Number(b))) {
    const range = ranges.at(-1);
    if (range !== undefined && Number(range[1]) + 1 === Number(number)) range[1] = number;
    else ranges.push([number, number]);
  }
  const text = ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
  return `${before}[${text}]${after}`;
}
