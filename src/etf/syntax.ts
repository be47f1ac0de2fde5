import type { TermLanguage } from "./language.ts";
import type { Term } from "./term.ts";

/**
 * Text of a term, a pattern, or an argument of a call, as it was read. What needs neither a
 * placeholder nor a variable is a literal with its term; offsets count UTF-16 code units.
 */
export type TermSyntax =
  | LiteralSyntax
  | TextSyntax
  | TupleSyntax
  | ListSyntax
  | MapSyntax
  | BitsSyntax
  | PlaceholderSyntax
  | VariableSyntax
  | AliasSyntax;

export interface LiteralSyntax {
  readonly type: "literal";
  readonly term: Term;
  readonly offset: number;
}

/** Quoted text with placeholders in it. */
export interface TextSyntax {
  readonly type: "text";
  readonly form: TextForm;
  readonly parts: readonly TextPart[];
  readonly offset: number;
}

export type TextForm = "atom" | "binary" | "charlist";

/** Bytes come from Elixir's `\xFF`, which is a byte and not a character. */
export type TextPart = string | Uint8Array | PlaceholderSyntax;

export interface TupleSyntax {
  readonly type: "tuple";
  readonly elements: readonly TermSyntax[];
  readonly offset: number;
}

/** `tail` is what follows the `|`. */
export interface ListSyntax {
  readonly type: "list";
  readonly elements: readonly TermSyntax[];
  readonly tail: TermSyntax | undefined;
  readonly offset: number;
}

/** A map or a struct; a struct has the entry `__struct__`. */
export interface MapSyntax {
  readonly type: "map";
  readonly entries: readonly (readonly [key: TermSyntax, value: TermSyntax])[];
  readonly offset: number;
}

/** `<<…>>` */
export interface BitsSyntax {
  readonly type: "bits";
  readonly segments: readonly BitSegment[];
  readonly offset: number;
}

export interface BitSegment {
  readonly value: TermSyntax;
  readonly kind: "integer" | "float" | "binary" | "utf8" | "utf16" | "utf32";
  /** In units; in a pattern it may be a variable bound before. Undefined: the kind's own size, or all that is left. */
  readonly size: number | VariableSyntax | undefined;
  readonly unit: number;
  readonly isSigned: boolean;
  readonly isLittleEndian: boolean;
}

/** `${{ source }}` */
export interface PlaceholderSyntax {
  readonly type: "placeholder";
  /** The expression, without the blanks around it. */
  readonly source: string;
  /** Where the expression starts. */
  readonly offset: number;
}

/** A variable of a pattern; `_` matches anything and binds nothing. */
export interface VariableSyntax {
  readonly type: "variable";
  readonly name: string;
  readonly offset: number;
}

/** `left = right` in a pattern: both must match. */
export interface AliasSyntax {
  readonly type: "alias";
  readonly left: TermSyntax;
  readonly right: TermSyntax;
  readonly offset: number;
}

/** A call whose arguments are literals and placeholders. */
export interface CallSyntax {
  readonly language: TermLanguage;
  /** As the BEAM has it: `Elixir.RemoteHealth`, `os`. */
  readonly module: string;
  readonly function: string;
  readonly args: readonly TermSyntax[];
}
