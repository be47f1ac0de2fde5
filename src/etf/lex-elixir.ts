import { readElixirEscape } from "./elixir-escape.ts";
import { longestCallableOperator, longestOperator } from "./elixir-operators.ts";
import { readSigil } from "./elixir-sigil.ts";
import { readElixirQuotes } from "./elixir-quotes.ts";
import { readElixirNumber } from "./number-syntax.ts";
import { PLACEHOLDER_OPEN, readPlaceholder } from "./placeholder.ts";
import { textSyntax } from "./quoted-text.ts";
import type { SourceText } from "./source-text.ts";
import { atom, type Term } from "./term.ts";
import type { Token } from "./token.ts";

const BLANK = /(?:[\s\u00a0]+|#(?!PID<|Port<|Reference<|Function<)[^\n]*)+/y;
const WORD = /[\p{XIDS}_]\p{XIDC}*[?!]?/uy;
const ATOM = /[\p{XIDS}_][\p{XIDC}@]*[?!]?/uy;
const KEY = /[\p{XIDS}_][\p{XIDC}@]*[?!]?:(?!:)/uy;
const SYMBOL = /<<|>>|=>|::|<>|\+\+|--|->|<-|\|>|\|\||&&|==|!=|=~|<=|>=|\.\.|\*\*|[^]/uy;

/** Splits text in Elixir's notation into tokens. */
export function lexElixir(source: SourceText): Token[] {
  const tokens: Token[] = [];
  let offset = skipBlanks(source, 0);
  while (offset < source.text.length) {
    const previous = tokens.at(-1);
    const isAfterDot = previous?.type === "symbol" && previous.text === ".";
    const token = (isAfterDot ? readOperatorName(source, offset) : undefined) ?? readToken(source, offset);
    tokens.push(token);
    offset = skipBlanks(source, token.end);
  }
  tokens.push({ type: "end", offset, end: offset });
  return tokens;
}

function skipBlanks(source: SourceText, offset: number): number {
  return offset + (source.match(BLANK, offset)?.length ?? 0);
}

/** `Kernel.+(1, 2)` calls the function `+`. */
function readOperatorName(source: SourceText, offset: number): Token | undefined {
  const operator = longestCallableOperator(source.text, offset);
  if (operator === undefined) return undefined;
  return { type: "name", text: operator, offset, end: offset + operator.length };
}

function readToken(source: SourceText, offset: number): Token {
  const { text } = source;
  if (text.startsWith(PLACEHOLDER_OPEN, offset)) {
    const { syntax, end } = readPlaceholder(source, offset);
    return { type: "value", syntax, offset, end };
  }
  const character = text[offset] ?? "";
  if (/\d/.test(character)) {
    const { term, end } = readElixirNumber(source, offset);
    return literalToken(term, { offset, end });
  }
  if (character === "?") return readCharacter(source, offset);
  if (character === '"' || character === "'") return readText(source, offset);
  if (character === ":" && text[offset + 1] !== ":") return readAtom(source, offset);
  const sigil = readSigil(source, offset);
  return sigil ?? readKey(source, offset) ?? readWord(source, offset);
}

function literalToken(term: Term, { offset, end }: { offset: number; end: number }): Token {
  return { type: "value", syntax: { type: "literal", term, offset }, offset, end };
}

/** `?a`, `?\n` */
function readCharacter(source: SourceText, offset: number): Token {
  const codePoint = source.text.codePointAt(offset + 1);
  if (codePoint === undefined) throw source.error("no character follows ?", { offset });
  if (codePoint !== 0x5c) {
    const end = offset + 1 + String.fromCodePoint(codePoint).length;
    return literalToken(codePoint, { offset, end });
  }
  const { text, end } = readElixirEscape(source, offset + 1);
  const code = typeof text === "string" ? text.codePointAt(0) : text[0];
  return literalToken(code ?? 0, { offset, end });
}

/** A binary, a charlist, or the quoted key of a keyword list. */
function readText(source: SourceText, offset: number): Token {
  const { parts, end } = readElixirQuotes(source, offset, {
    readEscape: readElixirEscape,
    interpolates: true,
  });
  if (/^:(?=\s|$)/.test(source.text.slice(end, end + 2))) {
    const key = textSyntax(source, { form: "atom", parts, offset });
    return { type: "key", atom: key, offset, end: end + 1 };
  }
  const form = source.text[offset] === '"' ? "binary" : "charlist";
  return { type: "value", syntax: textSyntax(source, { form, parts, offset }), offset, end };
}

/** `:ok`, `:"a b"`, `:+` */
function readAtom(source: SourceText, offset: number): Token {
  const { text } = source;
  if (text[offset + 1] === '"' || text[offset + 1] === "'") {
    const rules = { readEscape: readElixirEscape, interpolates: true };
    const { parts, end } = readElixirQuotes(source, offset + 1, rules);
    return { type: "value", syntax: textSyntax(source, { form: "atom", parts, offset }), offset, end };
  }
  const name = source.match(ATOM, offset + 1) ?? longestOperator(text, offset + 1);
  if (name === undefined) throw source.error("no name follows :", { offset });
  const syntax = textSyntax(source, { form: "atom", parts: [name.normalize("NFC")], offset });
  return { type: "value", syntax, offset, end: offset + 1 + name.length };
}

/** `name: value` */
function readKey(source: SourceText, offset: number): Token | undefined {
  const { text } = source;
  const operator = longestOperator(text, offset);
  const isOperatorKey =
    operator !== undefined &&
    /^:(?:\s|$)/.test(text.slice(offset + operator.length, offset + operator.length + 2));
  const key = isOperatorKey ? `${operator}:` : source.match(KEY, offset);
  if (key === undefined) return undefined;
  const end = offset + key.length;
  if (end < text.length && !/\s/.test(text[end] ?? "")) {
    throw source.error(`no blank follows "${key}"`, { offset, hint: `Write "${key} …"` });
  }
  const name = key.slice(0, -1).normalize("NFC");
  const syntax = textSyntax(source, { form: "atom", parts: [name], offset });
  return { type: "key", atom: syntax, offset, end };
}

function readWord(source: SourceText, offset: number): Token {
  const word = source.match(WORD, offset);
  if (word === undefined) {
    const symbol = source.match(SYMBOL, offset) ?? "";
    return { type: "symbol", text: symbol, offset, end: offset + symbol.length };
  }
  const end = offset + word.length;
  if (word === "nil" || word === "true" || word === "false") return literalToken(atom(word), { offset, end });
  return { type: /^[A-Z]/.test(word) ? "capital" : "name", text: word, offset, end };
}
