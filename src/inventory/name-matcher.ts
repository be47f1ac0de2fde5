import type { RE2JS } from "re2js";
import { quote } from "../documents/quote.ts";
import { loadRe2 } from "../documents/seldom-used.ts";
import { FusionPlayError } from "../errors.ts";
import { boundedRegex } from "./bounded-regex.ts";
import { globMatcher } from "./glob-matcher.ts";

/** What Node.js may try for a name; RE2, which never tries twice, matches the others. */
const MAX_TRIES = 10_000;

/**
 * Makes a test of names from a glob (`*`, `?`, `[a-c]`, `[!a-c]`), which must match the whole name, or from a
 * regular expression (`~web[0-9]+`), which must match its beginning. Neither can take long, whatever it is.
 *
 * @throws {FusionPlayError} `USAGE` if the regular expression is wrong
 */
export function nameMatcher(expression: string): (name: string) => boolean {
  if (!expression.startsWith("~")) return globMatcher(expression);
  const bounded = boundedRegex(expression.slice(1));
  let compiled = bounded === undefined ? compileRegex(expression) : undefined;
  return (name) => {
    if (bounded !== undefined && bounded.tries(name) <= MAX_TRIES) return bounded.regex.test(name);
    compiled ??= compileRegex(expression);
    return compiled.matcher(name).lookingAt();
  };
}

function compileRegex(expression: string): RE2JS {
  try {
    return loadRe2().RE2JS.compile(expression.slice(1));
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
