import { printable, textLines } from "../printable.ts";

/** Text that is HTML. */
export class Markup {
  readonly html: string;

  /** @param html HTML that holds nothing of others but what was escaped */
  constructor(html: string) {
    this.html = html;
  }
}

/** A part of a page: what is no markup is escaped. */
export type Part = string | number | Markup | readonly Part[];

/** Makes HTML: ``markup`<b>${name}</b>` `` escapes the name. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, index) => `${text}${htmlOf(parts[index] ?? "")}`).join(""));
}

function htmlOf(part: Part): string {
  if (part instanceof Markup) return part.html;
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  return part.map(htmlOf).join("");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Writes text so that it is text in elements and in quoted attributes; control characters are left out. */
export function escapeHtml(text: string): string {
  const readable = textLines(text).map(printable).join("\n");
  return readable.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

/** Writes JSON that may stand in a `script` element: nothing in it ends the element or begins a comment. */
export function jsonMarkup(json: unknown): Markup {
  return new Markup(JSON.stringify(json).replaceAll("<", "\\u003c"));
}
