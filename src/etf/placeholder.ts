import type { SourceText } from "./source-text.ts";
import type { PlaceholderSyntax } from "./syntax.ts";

/** What a placeholder begins with. */
export const PLACEHOLDER_OPEN = "${{";

/**
 * Reads the `${{ … }}` that starts at `start`. Quotes and braces of the expression are respected, so
 * that a `}}` in a text or of a map does not end it.
 *
 * @throws {TermSyntaxError} if it does not end
 */
export function readPlaceholder(
  source: SourceText,
  start: number,
): { syntax: PlaceholderSyntax; end: number } {
  const from = start + PLACEHOLDER_OPEN.length;
  const close = closingBraces(source.text, from);
  if (close === undefined) {
    throw source.error('"${{" is not closed', { offset: start, hint: "End the expression with }}" });
  }
  const inside = source.text.slice(from, close);
  const expression = inside.trim();
  if (expression === "") {
    const hint = "Write the name of a value, such as ${{ vars.name }}";
    throw source.error('there is nothing in "${{ }}"', { offset: start, hint });
  }
  const offset = from + inside.length - inside.trimStart().length;
  return { syntax: { type: "placeholder", source: expression, offset }, end: close + 2 };
}

function closingBraces(text: string, from: number): number | undefined {
  let depth = 0;
  for (let position = from; position < text.length; position++) {
    const character = text[position];
    if (character === '"' || character === "'") position = closingQuote(text, position);
    else if (character === "{") depth++;
    else if (character === "}" && depth > 0) depth--;
    else if (character === "}" && text[position + 1] === "}") return position;
  }
  return undefined;
}

/** Offset of the quote that ends what the quote at `start` began, or of the end of the text. */
function closingQuote(text: string, start: number): number {
  let position = start + 1;
  while (position < text.length && text[position] !== text[start])
    position += text[position] === "\\" ? 2 : 1;
  return position;
}
