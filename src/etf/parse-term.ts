import { fillSyntax } from "./fill-syntax.ts";
import type { TermLanguage } from "./language.ts";
import { elixirStream, parseElixir } from "./parse-elixir.ts";
import { erlangStream, parseErlang } from "./parse-erlang.ts";
import { SourceText } from "./source-text.ts";
import type { PlaceholderSyntax, TermSyntax } from "./syntax.ts";
import type { Term } from "./term.ts";

/**
 * Reads a term in the notation of a language, such as `{:ok, [1, 2]}`.
 *
 * @throws {TermSyntaxError}
 */
export function parseTerm(text: string, language: TermLanguage): Term {
  const source = new SourceText(text, "term");
  return fillSyntax(parseWhole(source, language), (placeholder) => {
    throw placeholderError(source, placeholder);
  });
}

/**
 * Reads the first term of a file in Erlang's notation, as `file:consult/1` does: a dot ends it.
 *
 * @throws {TermSyntaxError}
 */
export function parseFirstTerm(text: string): Term {
  const source = new SourceText(text, "term");
  const stream = erlangStream(source);
  const syntax = parseErlang(stream);
  stream.expectSymbol(".");
  return fillSyntax(syntax, (placeholder) => {
    throw placeholderError(source, placeholder);
  });
}

/** Reads text that is one term or pattern and nothing else. */
export function parseWhole(source: SourceText, language: TermLanguage): TermSyntax {
  const stream = language === "erlang" ? erlangStream(source) : elixirStream(source);
  const syntax = language === "erlang" ? parseErlang(stream) : parseElixir(stream);
  stream.expectEnd();
  return syntax;
}

/** A placeholder where nothing fills it. */
export function placeholderError(
  source: SourceText,
  { source: expression, offset }: PlaceholderSyntax,
): Error {
  return source.error(`"\${{ ${expression} }}" has no value in a ${source.subject}`, {
    offset,
    hint: source.subject === "pattern" ? "Bind a variable and compare it in that:" : "Write the value",
  });
}
