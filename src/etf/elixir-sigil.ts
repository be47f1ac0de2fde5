import { readElixirEscape } from "./elixir-escape.ts";
import { readElixirQuotes } from "./elixir-quotes.ts";
import { textSyntax } from "./quoted-text.ts";
import type { SourceText } from "./source-text.ts";
import type { ListSyntax, TermSyntax, TextForm, TextPart } from "./syntax.ts";
import type { Token } from "./token.ts";

const SIGIL = /~[A-Za-z]+(?=[([{</|"'])/y;

/** Reads `~s(…)`, `~c"…"` or `~w(…)`; those of capital letters have no escapes. */
export function readSigil(source: SourceText, offset: number): Token | undefined {
  const opening = source.match(SIGIL, offset);
  if (opening === undefined) return undefined;
  const name = opening.slice(1);
  if (!/^[scw]$/i.test(name)) {
    const hint = "Write the value itself; ~s, ~c and ~w are known here, other sigils are code";
    throw source.error(`${opening} is no literal`, { offset, hint });
  }
  const rules = name === name.toLowerCase() ? { readEscape: readElixirEscape, interpolates: true } : {};
  const { parts, end } = readElixirQuotes(source, offset + opening.length, rules);
  const modifiers = source.match(/[A-Za-z]+/y, end) ?? "";
  const syntax = sigilSyntax(source, { kind: name.toLowerCase(), modifiers, parts, offset });
  return { type: "value", syntax, offset, end: end + modifiers.length };
}

interface Sigil {
  readonly kind: string;
  readonly modifiers: string;
  readonly parts: readonly TextPart[];
  readonly offset: number;
}

const WORD_FORMS: Readonly<Record<string, TextForm>> = {
  "": "binary",
  s: "binary",
  a: "atom",
  c: "charlist",
};

function sigilSyntax(source: SourceText, { kind, modifiers, parts, offset }: Sigil): TermSyntax {
  const form = kind === "w" ? WORD_FORMS[modifiers] : modifiers === "" ? "" : undefined;
  if (form === undefined) {
    const hint = kind === "w" ? "~w knows the modifiers a, c and s" : `~${kind} has no modifiers`;
    throw source.error(`"${modifiers}" is no modifier of ~${kind}`, { offset, hint });
  }
  if (form !== "") return wordList(source, { form, parts, offset });
  return textSyntax(source, { form: kind === "s" ? "binary" : "charlist", parts, offset });
}

function wordList(
  source: SourceText,
  { form, parts, offset }: { form: TextForm; parts: readonly TextPart[]; offset: number },
): ListSyntax {
  if (!parts.every((part) => typeof part === "string")) {
    throw source.error("~w takes nothing but plain words", { offset, hint: 'Write a list: ["a", "b"]' });
  }
  const words = parts
    .join("")
    .split(/\s+/)
    .filter((word) => word !== "");
  const elements = words.map((word) => textSyntax(source, { form, parts: [word], offset }));
  return { type: "list", elements, tail: undefined, offset };
}
