import { RE2JS } from "re2js";
import { quote } from "../documents/quote.ts";
import { FusionPlayError } from "../errors.ts";

/**
 * Makes a test of names from a glob (`*`, `?`, `[a-c]`, `[!a-c]`), which must match the whole name, or from a
 * regular expression (`~web[0-9]+`), which must match its beginning. Matching takes linear time.
 *
 * @throws {FusionPlayError} `USAGE` if the regular expression is wrong
 */
export function nameMatcher(expression: string): (name: string) => boolean {
  if (!expression.startsWith("~")) {
    const glob = RE2JS.compile(globToRegex(expression), RE2JS.DOTALL);
    return (name) => glob.matches(name);
  }
  const regex = compileRegex(expression);
  return (name) => regex.matcher(name).lookingAt();
}

function compileRegex(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression.slice(1));
  } catch (cause) {
    throw new FusionPlayError(
      `Cannot use the host pattern ${quote(expression)}: ${(cause as Error).message}`,
      {
        code: "USAGE",
        hint: "Write a regular expression without lookaround and backreferences, or a glob such as web*",
        cause,
      },
    );
  }
}

function globToRegex(text: string): string {
  const glob = Array.from(text);
  let regex = "";
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] ?? "";
    if (character === "*") regex += ".*";
    else if (character === "?") regex += ".";
    else if (character === "[") {
      const set = readSet(glob, at);
      if (set === undefined) regex += "\\[";
      else {
        regex += set.regex;
        at = set.end;
      }
    } else regex += RE2JS.quote(character);
  }
  return regex;
}

/** A set such as `[a-c]`; undefined where the bracket is not closed, and so stands for itself. */
function readSet(glob: readonly string[], start: number): { regex: string; end: number } | undefined {
  const isNegated = glob[start + 1] === "!";
  const first = start + (isNegated ? 2 : 1);
  // A bracket that comes first belongs to the set.
  const end = glob.indexOf("]", first + 1);
  if (end === -1) return undefined;
  const items: string[] = [];
  for (let at = first; at < end; at++) {
    const from = glob[at] ?? "";
    const to = glob[at + 2] ?? "";
    const isRange = glob[at + 1] === "-" && at + 2 < end;
    if (isRange) at += 2;
    if (!isRange) items.push(escapeInSet(from));
    else if (from <= to) items.push(`${escapeInSet(from)}-${escapeInSet(to)}`);
  }
  if (items.length === 0) return { regex: isNegated ? "." : NOTHING, end };
  return { regex: `[${isNegated ? "^" : ""}${items.join("")}]`, end };
}

/** Matches no character: a set whose ranges are all empty. */
const NOTHING = "[^\\x{0}-\\x{10FFFF}]";

function escapeInSet(character: string): string {
  return /[\w]/u.test(character) ? character : `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
