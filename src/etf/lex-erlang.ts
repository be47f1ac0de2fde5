import { readErlangEscape } from "./erlang-escape.ts";
import { readErlangNumber, type NumberLiteral } from "./number-syntax.ts";
import { PLACEHOLDER_OPEN, readPlaceholder } from "./placeholder.ts";
import { readQuotedText, textSyntax } from "./quoted-text.ts";
import type { SourceText } from "./source-text.ts";
import type { TextForm, TextPart } from "./syntax.ts";
import type { Token, TokenKind } from "./token.ts";

const BLANK = /(?:[\s\u00a0]+|%[^\n]*)+/y;
const NAME = /[a-zß-öø-ÿ][\w@À-ÖØ-öø-ÿ]*/y;
const CAPITAL = /[A-ZÀ-ÖØ-Þ_][\w@À-ÖØ-öø-ÿ]*/y;
const SYMBOL = /<<|>>|=:=|=\/=|=>|:=|\+\+|--|->|<-|\|\||==|\/=|>=|[^]/uy;

/** Splits text in Erlang's notation into tokens. */
export function lexErlang(source: SourceText): Token[] {
  const tokens: Token[] = [];
  let offset = skipBlanks(source, 0);
  while (offset < source.text.length) {
    const token = readToken(source, offset);
    tokens.push(token);
    offset = skipBlanks(source, token.end);
  }
  tokens.push({ type: "end", offset, end: offset });
  return tokens;
}

function skipBlanks(source: SourceText, offset: number): number {
  return offset + (source.match(BLANK, offset)?.length ?? 0);
}

function readToken(source: SourceText, offset: number): Token {
  const { text } = source;
  if (text.startsWith(PLACEHOLDER_OPEN, offset)) {
    const { syntax, end } = readPlaceholder(source, offset);
    return { type: "value", syntax, offset, end };
  }
  const character = text[offset] ?? "";
  if (/\d/.test(character)) return valueToken(offset, readErlangNumber(source, offset));
  if (character === "$") return readCharacter(source, offset);
  if (character === '"') return readString(source, offset);
  if (character === "'") return readText(source, offset, { form: "atom", from: offset + 1 });
  const sigil = source.match(/~[bBsS]?"/y, offset);
  if (sigil !== undefined) {
    const isVerbatim = /[BS]/.test(sigil);
    return readText(source, offset, { form: "binary", from: offset + sigil.length, isVerbatim });
  }
  return readWord(source, offset);
}

function readWord(source: SourceText, offset: number): Token {
  const made = (kind: TokenKind, length: number): Token => ({ ...kind, offset, end: offset + length });
  const name = source.match(NAME, offset);
  if (name !== undefined) return made({ type: "name", text: name }, name.length);
  const capital = source.match(CAPITAL, offset);
  if (capital !== undefined) return made({ type: "capital", text: capital }, capital.length);
  const symbol = source.match(SYMBOL, offset) ?? "";
  return made({ type: "symbol", text: symbol }, symbol.length);
}

function valueToken(offset: number, { term, end }: NumberLiteral): Token {
  return { type: "value", syntax: { type: "literal", term, offset }, offset, end };
}

/** `$a`, `$\n` */
function readCharacter(source: SourceText, offset: number): Token {
  const codePoint = source.text.codePointAt(offset + 1);
  if (codePoint === undefined) throw source.error("no character follows $", { offset });
  if (codePoint !== 0x5c) {
    return valueToken(offset, { term: codePoint, end: offset + 1 + String.fromCodePoint(codePoint).length });
  }
  const { text, end } = readErlangEscape(source, offset + 1);
  return valueToken(offset, { term: String(text).codePointAt(0) ?? 0, end });
}

/** Strings that follow one another are one string. */
function readString(source: SourceText, offset: number): Token {
  const parts: TextPart[] = [];
  let end = offset;
  for (let next = offset; source.text[next] === '"'; next = skipBlanks(source, end)) {
    const read = readQuotedText(source, next + 1, { open: next, close: '"', readEscape: readErlangEscape });
    parts.push(...read.parts);
    end = read.end;
  }
  const syntax = textSyntax(source, { form: "charlist", parts, offset });
  return { type: "value", syntax, offset, end };
}

function readText(
  source: SourceText,
  offset: number,
  { form, from, isVerbatim = false }: { form: TextForm; from: number; isVerbatim?: boolean },
): Token {
  const { parts, end } = readQuotedText(source, from, {
    open: from - 1,
    close: form === "atom" ? "'" : '"',
    ...(isVerbatim ? {} : { readEscape: readErlangEscape }),
  });
  return { type: "value", syntax: textSyntax(source, { form, parts, offset }), offset, end };
}
