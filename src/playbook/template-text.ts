import { PLACEHOLDER_OPEN, readPlaceholder } from "../etf/placeholder.ts";
import type { PlaceholderSyntax } from "../etf/syntax.ts";
import { SourceText } from "../etf/source-text.ts";

/** Whether a text has to be read as a template at all. */
export function isTemplate(text: string): boolean {
  return text.includes(PLACEHOLDER_OPEN) || JINJA.test(text);
}

/** More than anybody writes into one text; each is an expression of its own. */
const MOST_PLACEHOLDERS = 1000;

/**
 * Splits a text at its `${{ … }}`.
 *
 * @throws {TermSyntaxError} for a placeholder that does not end or is empty, and for Ansible's `{{ … }}`
 */
export function splitTemplate(text: string): (string | PlaceholderSyntax)[] {
  const parts: (string | PlaceholderSyntax)[] = [];
  const source = new SourceText(text, "text");
  let position = 0;
  let count = 0;
  while (position < text.length) {
    const start = text.indexOf(PLACEHOLDER_OPEN, position);
    const plain = text.slice(position, start === -1 ? text.length : start);
    refuseJinja(source, { from: position, to: position + plain.length });
    if (plain !== "") parts.push(plain);
    if (start === -1) break;
    const { syntax, end } = readPlaceholder(source, start);
    if (++count > MOST_PLACEHOLDERS) {
      throw source.error(`One text holds more than ${MOST_PLACEHOLDERS} \${{ … }}`, { offset: start });
    }
    parts.push(syntax);
    position = end;
  }
  return parts;
}

/** `{{ name }}` and `{{ name | filter }}`, but not a tuple in a tuple such as `{{1, 2}, 3}`. */
const JINJA = /\{\{-?\s*([A-Za-z_][\w.]*(?:\[[^\]{}]*\])?)(?:\s*\|[^{}]*)?\s*-?\}\}/;

function refuseJinja(source: SourceText, { from, to }: { from: number; to: number }): void {
  const found = JINJA.exec(source.text.slice(from, to));
  if (found === null) return;
  throw source.error(`"${found[0]}" is a template of Ansible, which has no meaning here`, {
    offset: from + found.index,
    hint: `Write \${{ ${found[1] ?? ""} }}`,
  });
}
