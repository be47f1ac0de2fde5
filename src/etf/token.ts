import type { LiteralSyntax, TermSyntax, TextSyntax } from "./syntax.ts";

/** A piece of text that the parser of either language works with. */
export type Token = TokenKind & {
  readonly offset: number;
  /** Offset of what follows it. */
  readonly end: number;
};

export type TokenKind =
  /** A number, quoted text, an atom that cannot be anything else, a sigil, a placeholder. */
  | { readonly type: "value"; readonly syntax: TermSyntax }
  /** A word that starts with a small letter (or, in Elixir, with `_`). */
  | { readonly type: "name"; readonly text: string }
  /** A word that starts with a capital letter (or, in Erlang, with `_`). */
  | { readonly type: "capital"; readonly text: string }
  /** The key of a keyword list, as an atom; Elixir only. */
  | { readonly type: "key"; readonly atom: LiteralSyntax | TextSyntax }
  | { readonly type: "symbol"; readonly text: string }
  | { readonly type: "end" };
