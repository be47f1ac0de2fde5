import { BoundedText } from "./bounded-text.ts";
import { writeElixir } from "./format-elixir.ts";
import { writeErlang } from "./format-erlang.ts";
import type { TermLanguage } from "./language.ts";
import type { Term } from "./term.ts";

/** Options of {@linkcode formatTerm}. */
export interface FormatOptions {
  /**
   * How many characters to write; `…` stands where the text was cut.
   *
   * @default Infinity
   */
  maxLength?: number;
  /**
   * How many tuples, lists, maps … to write inside one another; `…` stands for what is deeper.
   *
   * @default 1000
   */
  maxDepth?: number;
}

/**
 * Writes a term in one line, as Erlang's `io_lib:format("~0tp")` or Elixir's `inspect` do. The pairs
 * of a map are sorted, structs are written as `%Module{field: value}`.
 */
export function formatTerm(
  term: Term,
  language: TermLanguage,
  { maxLength = Infinity, maxDepth = 1000 }: FormatOptions = {},
): string {
  const out = new BoundedText({ maxLength, maxDepth });
  if (language === "erlang") writeErlang(out, term);
  else writeElixir(out, term);
  return out.toString();
}
