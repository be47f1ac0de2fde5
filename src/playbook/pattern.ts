import { matchPattern } from "../etf/match-pattern.ts";
import { parsePattern } from "../etf/parse-pattern.ts";
import type { TermSyntax } from "../etf/syntax.ts";
import { TermSyntaxError } from "../etf/term-syntax-error.ts";
import type { Language, PatternMatcher } from "./playbook.ts";

/** A pattern, and the names of the variables that it binds. */
export interface CompiledPattern extends PatternMatcher {
  readonly variables: readonly string[];
}

/**
 * Compiles a pattern written in `language`.
 *
 * @throws {TermSyntaxError}
 */
export function compilePattern(source: string, language: Language): CompiledPattern {
  const syntax = parsePattern(source, language);
  return {
    source,
    variables: [...new Set(variablesOf(syntax))].filter((name) => name !== "_"),
    match: (term) => matchPattern(syntax, term),
  };
}

/**
 * Compiles a pattern of either language. Some texts are patterns of both and mean different things:
 * `{ok, _}` begins with an atom in Erlang and with a variable in Elixir. So `expected`, the language
 * of the call whose result is matched, comes first, and the other one only if that fails.
 *
 * @throws {TermSyntaxError} of the expected language, if the text is a pattern of neither
 */
export function compilePatternOfEither(source: string, expected: Language): CompiledPattern {
  try {
    return compilePattern(source, expected);
  } catch (error) {
    if (!(error instanceof TermSyntaxError)) throw error;
    try {
      return compilePattern(source, expected === "elixir" ? "erlang" : "elixir");
    } catch (other) {
      throw other instanceof TermSyntaxError ? error : other;
    }
  }
}

function* variablesOf(syntax: TermSyntax): Generator<string> {
  switch (syntax.type) {
    case "variable":
      yield syntax.name;
      return;
    case "tuple":
      for (const element of syntax.elements) yield* variablesOf(element);
      return;
    case "list":
      for (const element of syntax.elements) yield* variablesOf(element);
      if (syntax.tail !== undefined) yield* variablesOf(syntax.tail);
      return;
    case "map":
      for (const [, value] of syntax.entries) yield* variablesOf(value);
      return;
    case "bits":
      for (const segment of syntax.segments) yield* variablesOf(segment.value);
      return;
    case "alias":
      yield* variablesOf(syntax.left);
      yield* variablesOf(syntax.right);
      return;
    case "literal":
    case "text":
    case "placeholder":
  }
}
