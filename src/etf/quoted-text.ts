import { PLACEHOLDER_OPEN, readPlaceholder } from "./placeholder.ts";
import type { SourceText } from "./source-text.ts";
import type { LiteralSyntax, TextForm, TextPart, TextSyntax } from "./syntax.ts";
import { textTerm } from "./text-term.ts";

/** What an escape stands for, and where it ends. */
export interface Escape {
  readonly text: string | Uint8Array;
  readonly end: number;
}

/** How text in quotes is read. */
export interface QuoteRules {
  /** Where the quotes open, for errors. */
  readonly open: number;
  /** What ends the text. */
  readonly close: string;
  /** Where it ends, if that is known already (a heredoc). */
  readonly closeAt?: number;
  /** Blanks to leave out at the start of each line (a heredoc). */
  readonly indentation?: number;
  /** Reads the escape at a backslash. Without it, a backslash only takes the closing quote in. */
  readonly readEscape?: (source: SourceText, offset: number) => Escape;
  /** Whether `#{…}` would be code. */
  readonly interpolates?: boolean;
}

/** Reads text from `start` up to its closing quotes, with its placeholders. */
export function readQuotedText(
  source: SourceText,
  start: number,
  rules: QuoteRules,
): { parts: TextPart[]; end: number } {
  const { text } = source;
  const parts: TextPart[] = [];
  let offset = afterIndentation(text, start, rules);
  let plain = "";
  const flush = (): void => {
    if (plain !== "") parts.push(plain);
    plain = "";
  };
  while (!isClosed(source, offset, rules)) {
    if (text.startsWith(PLACEHOLDER_OPEN, offset)) {
      const { syntax, end } = readPlaceholder(source, offset);
      flush();
      parts.push(syntax);
      offset = end;
    } else if (text[offset] === "\\") {
      const escape = readBackslash(source, offset, rules);
      if (typeof escape.text === "string") plain += escape.text;
      else {
        flush();
        parts.push(escape.text);
      }
      offset = lineAfter(source, escape.end, rules);
    } else {
      if (rules.interpolates === true) refuseInterpolation(source, offset);
      plain += text[offset];
      offset = lineAfter(source, offset + 1, rules);
    }
  }
  flush();
  return { parts, end: offset + rules.close.length };
}

/** Makes a literal of text without placeholders. */
export function textSyntax(
  source: SourceText,
  text: { form: TextForm; parts: readonly TextPart[]; offset: number },
): LiteralSyntax | TextSyntax {
  const { form, parts, offset } = text;
  const pieces = parts.filter((part) => typeof part === "string" || part instanceof Uint8Array);
  if (pieces.length < parts.length) return { type: "text", form, parts, offset };
  return {
    type: "literal",
    term: textTerm(form, pieces, (state) => source.error(state, { offset })),
    offset,
  };
}

function isClosed(source: SourceText, offset: number, { close, closeAt, open }: QuoteRules): boolean {
  if (closeAt !== undefined) return offset >= closeAt;
  if (source.text.startsWith(close, offset)) return true;
  if (offset < source.text.length) return false;
  const quotes = source.text.slice(open, open + 1);
  throw source.error(`${quotes} is not closed`, { offset: open, hint: `End the text with ${close}` });
}

function readBackslash(source: SourceText, offset: number, { close, readEscape }: QuoteRules): Escape {
  if (source.text.startsWith(close, offset + 1)) return { text: close, end: offset + 1 + close.length };
  return readEscape?.(source, offset) ?? { text: "\\", end: offset + 1 };
}

function refuseInterpolation(source: SourceText, offset: number): void {
  if (!source.text.startsWith("#{", offset)) return;
  const hint = "Write ${{ … }} for a value of the playbook, or \\#{ for the characters themselves";
  throw source.error("#{…} would be code, and the text is not run", { offset, hint });
}

/** Leaves out the indentation if a line has just ended. */
function lineAfter({ text }: SourceText, offset: number, rules: QuoteRules): number {
  return text[offset - 1] === "\n" ? afterIndentation(text, offset, rules) : offset;
}

function afterIndentation(text: string, offset: number, { indentation = 0, closeAt }: QuoteRules): number {
  let end = offset;
  while (end < offset + indentation && end !== closeAt && /[ \t]/.test(text[end] ?? "")) end++;
  return end;
}
