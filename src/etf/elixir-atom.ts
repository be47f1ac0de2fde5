import { longestCallableOperator, longestOperator } from "./elixir-operators.ts";

/**
 * Letters that may stand together in a word without quotes in every version of Elixir: of Latin, of
 * Greek, of Cyrillic, of Japanese, of Korean. Elixir knows more scripts; quotes are right for those, too.
 */
const LETTERS: readonly string[] = [
  "A-Za-zÀ-ÖØ-öø-ňŊ-ž",
  "Α-ΡΣ-Ωα-ω",
  "А-яЁё",
  "A-Za-z一-鿼ぁ-ゖァ-ヺ",
  "A-Za-z가-힣",
];

const IDENTIFIER = wordSyntax("");
const ATOM = wordSyntax("@");
const ALIAS = /^[A-Z][A-Za-z0-9_]*(\.[A-Z][A-Za-z0-9_]*)*$/;

/** What the name of a module that Elixir made begins with. */
const ALIAS_PREFIX = "Elixir.";

/** Writes an atom as Elixir does: `:ok`, `nil`, `Foo.Bar`, `:"a b"`. */
export function formatElixirAtom(name: string): string {
  if (name === "nil" || name === "true" || name === "false" || name === "Elixir") return name;
  const alias = aliasOf(name);
  if (alias !== undefined) return alias;
  return `:${ATOM.test(name) || longestOperator(name) === name ? name : quoteElixir(name)}`;
}

/** Writes an atom as the key of a keyword list, with the colon: `ok:`, `"a b":`. */
export function formatElixirKey(name: string): string {
  const isPlain = name !== "Elixir" && ATOM.test(name);
  return `${isPlain || longestOperator(name) === name ? name : quoteElixir(name)}:`;
}

/** Writes the name of a function as it stands after the dot of a call. */
export function formatElixirFunction(name: string): string {
  const isName = IDENTIFIER.test(name) && !/^\p{Lu}/u.test(name);
  return isName || longestCallableOperator(name) === name ? name : quoteElixir(name);
}

/** Whether the atom stands for a module of Elixir; such atoms are no keys of keyword lists. */
export function isAliasAtom(name: string): boolean {
  return name.startsWith(ALIAS_PREFIX);
}

function aliasOf(name: string): string | undefined {
  if (!isAliasAtom(name)) return undefined;
  const rest = name.slice(ALIAS_PREFIX.length);
  if (!ALIAS.test(rest)) return undefined;
  return rest === "Elixir" || isAliasAtom(rest) ? name : rest;
}

function wordSyntax(more: string): RegExp {
  const words = LETTERS.map((letters) => `[${letters}_][${letters}0-9_${more}]*`);
  return new RegExp(`^(?:${words.join("|")})[?!]?$`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\u001b": "\\e",
  "\u007f": "\\d",
  "\ufeff": "\\uFEFF",
  "\\": "\\\\",
  '"': '\\"',
  "#{": "\\#{",
};

/**
 * Characters that make one grapheme with the next (Grapheme_Cluster_Break=Prepend): Elixir takes text in quotes
 * grapheme by grapheme, and does not see the closing quote after one of them.
 */
const PREPENDED =
  "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\u{110bd}\u{110cd}\u{111c2}\u{111c3}" +
  "\u{1193f}\u{11941}\u{11a3a}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}";
/** Characters that change the direction of text: Elixir refuses them in source code. */
const BIDIRECTIONAL = "\u202a-\u202e\u2066-\u2069";
const ESCAPED = new RegExp(
  `#\\{|[\\0-\\x1f\\x7f-\\x9f\\\\"\\ufeff\\ufffe\\uffff${BIDIRECTIONAL}${PREPENDED}]`,
  "gu",
);

/** Puts text in double quotes, with what cannot be printed as escapes. */
export function quoteElixir(text: string): string {
  const body = text.replace(ESCAPED, (found) => {
    const escape = ESCAPES[found];
    if (escape !== undefined) return escape;
    const code = found.codePointAt(0) ?? 0;
    const digits = code.toString(16).toUpperCase();
    if (code > 0xffff) return `\\u{${digits}}`;
    // Elixir itself writes `\x85`, which it then reads as a byte that is no character.
    return code < 0x80 ? `\\x${digits.padStart(2, "0")}` : `\\u${digits.padStart(4, "0")}`;
  });
  return `"${body}"`;
}
