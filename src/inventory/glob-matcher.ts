/**
 * Makes a test of whole names from a glob: `*`, `?`, `[a-c]`, `[!a-c]`.
 *
 * What stands between two `*` is of a fixed length, and the first place where it is found is as good as any other. So
 * each of these parts is a regular expression of its own, none of which ever backtracks.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  if (!/[*?[]/.test(glob)) return (name) => name === glob;
  if (PREFIX.test(glob)) {
    const prefix = glob.slice(0, -1);
    return (name) => name.startsWith(prefix);
  }
  const parts = partsOf(Array.from(glob));
  const regexes = parts.map((part, at) => {
    const start = at === 0 ? "^" : "";
    const end = at === parts.length - 1 ? "$" : "";
    return new RegExp(start + part + end, "gu");
  });
  return (name) => {
    let at = 0;
    for (const regex of regexes) {
      regex.lastIndex = at;
      if (!regex.test(name)) return false;
      at = regex.lastIndex;
    }
    return true;
  };
}

/** The commonest kind of glob, which is no more than a text that names begin with. */
const PREFIX = /^[\w.-]*\*$/;

/** What stands between the `*`, as regular expressions. */
function partsOf(glob: readonly string[]): string[] {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] ?? "";
    const set = character === "[" ? readSet(glob, at) : undefined;
    if (set !== undefined) {
      part += set.regex;
      at = set.end;
    } else if (character === "*") {
      parts.push(part);
      part = "";
    } else part += character === "?" ? "[^]" : escape(character);
  }
  return [...parts, part];
}

/** A set such as `[a-c]`; undefined where the bracket is not closed, and so stands for itself. */
function readSet(glob: readonly string[], start: number): { regex: string; end: number } | undefined {
  const isNegated = glob[start + 1] === "!";
  const first = start + (isNegated ? 2 : 1);
  // A bracket that comes first belongs to the set.
  const end = glob.indexOf("]", first + 1);
  if (end === -1) return undefined;
  let items = "";
  for (let at = first; at < end; at++) {
    const from = glob[at] ?? "";
    if (glob[at + 1] === "-" && at + 2 < end) at += 2;
    const to = glob[at] ?? "";
    // A range whose end comes before its start holds nothing.
    if (codePoint(from) <= codePoint(to)) items += `${escape(from)}-${escape(to)}`;
  }
  return { regex: `[${isNegated ? "^" : ""}${items}]`, end };
}

function escape(character: string): string {
  return /\w/u.test(character) ? character : `\\u{${codePoint(character).toString(16)}}`;
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
