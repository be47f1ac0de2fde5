import type { TermLanguage } from "./language.ts";
import { parseWhole, placeholderError } from "./parse-term.ts";
import { SourceText } from "./source-text.ts";
import type { TermSyntax } from "./syntax.ts";

/**
 * Reads a pattern of a language, such as `{:ok, value}` or `#{status := Status}`, for
 * {@linkcode matchPattern}.
 *
 * @throws {TermSyntaxError}
 */
export function parsePattern(text: string, language: TermLanguage): TermSyntax {
  const source = new SourceText(text, "pattern");
  const syntax = parseWhole(source, language);
  checkPattern(source, syntax);
  return syntax;
}

/** Refuses what has no meaning in a pattern. */
function checkPattern(source: SourceText, syntax: TermSyntax): void {
  switch (syntax.type) {
    case "placeholder":
      throw placeholderError(source, syntax);
    case "text":
      for (const part of syntax.parts) {
        if (typeof part !== "string" && !(part instanceof Uint8Array)) throw placeholderError(source, part);
      }
      return;
    case "tuple":
      return syntax.elements.forEach((element) => checkPattern(source, element));
    case "list":
      syntax.elements.forEach((element) => checkPattern(source, element));
      if (syntax.tail !== undefined) checkPattern(source, syntax.tail);
      return;
    case "map":
      for (const [key, value] of syntax.entries) {
        checkKey(source, key);
        checkPattern(source, value);
      }
      return;
    case "bits":
      return syntax.segments.forEach(({ value }) => checkPattern(source, value));
    case "alias":
      checkPattern(source, syntax.left);
      return checkPattern(source, syntax.right);
    case "literal":
    case "variable":
      return;
  }
}

/** The keys of a pattern say where to look, so that they must be known. */
function checkKey(source: SourceText, key: TermSyntax): void {
  checkPattern(source, key);
  const variable = findVariable(key);
  if (variable === undefined) return;
  throw source.error(`the key ${variable.name} of a map is a variable`, {
    offset: variable.offset,
    hint: "Write a literal as key",
  });
}

function findVariable(syntax: TermSyntax): (TermSyntax & { type: "variable" }) | undefined {
  switch (syntax.type) {
    case "variable":
      return syntax;
    case "tuple":
      return firstVariable(syntax.elements);
    case "list":
      return firstVariable(syntax.tail === undefined ? syntax.elements : [...syntax.elements, syntax.tail]);
    case "map":
      return firstVariable(syntax.entries.map(([, value]) => value));
    case "bits":
      return firstVariable(syntax.segments.map(({ value }) => value));
    case "alias":
      return firstVariable([syntax.left, syntax.right]);
    default:
      return undefined;
  }
}

function firstVariable(parts: readonly TermSyntax[]): (TermSyntax & { type: "variable" }) | undefined {
  for (const part of parts) {
    const found = findVariable(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
