import { readQuotedText, type QuoteRules } from "./quoted-text.ts";
import type { SourceText } from "./source-text.ts";
import type { TextPart } from "./syntax.ts";

/** Delimiters that close with another character than they open with. */
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "<": ">" };

/** Reads what stands between the delimiters that open at `offset`: quotes, those of a sigil, a heredoc. */
export function readElixirQuotes(
  source: SourceText,
  offset: number,
  rules: Pick<QuoteRules, "readEscape" | "interpolates">,
): { parts: TextPart[]; end: number } {
  const open = source.text[offset] ?? "";
  const heredoc = source.match(/"""|'''/y, offset);
  if (heredoc !== undefined) return readHeredoc(source, offset, { ...rules, open: offset, close: heredoc });
  return readQuotedText(source, offset + 1, { ...rules, open: offset, close: CLOSING[open] ?? open });
}

/** Lines between `"""`, without the blanks that stand before the closing ones. */
function readHeredoc(
  source: SourceText,
  offset: number,
  rules: QuoteRules,
): { parts: TextPart[]; end: number } {
  const { open, close } = rules;
  const firstLine = source.match(/(?:"""|''')[ \t]*\r?\n/y, offset);
  if (firstLine === undefined) {
    const hint = `Start the text on the line below ${close}`;
    throw source.error(`text follows ${close} on its line`, { offset: open, hint });
  }
  const start = offset + firstLine.length;
  const closing = new RegExp(`^([ \\t]*)${close}`, "gm");
  closing.lastIndex = start;
  const found = closing.exec(source.text);
  if (found === null) {
    const hint = `End the text with ${close} on a line of its own`;
    throw source.error(`${close} is not closed`, { offset: open, hint });
  }
  const indentation = found[1]?.length ?? 0;
  const closeAt = found.index + indentation;
  return readQuotedText(source, start, { ...rules, closeAt, indentation });
}
