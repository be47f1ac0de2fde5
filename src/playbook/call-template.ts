import { fillSyntax } from "../etf/fill-syntax.ts";
import { knownPart } from "../etf/known-part.ts";
import type { CallSyntax, PlaceholderSyntax, TermSyntax } from "../etf/syntax.ts";
import type { CallTemplate, Template } from "./playbook.ts";

/**
 * Makes a template of a call that was read.
 *
 * @param source the call as written
 * @param compile called once for each placeholder, so that mistakes in them are found now
 */
export function callTemplate(
  source: string,
  { language, module, function: name, args }: CallSyntax,
  compile: (placeholder: PlaceholderSyntax) => Template,
): CallTemplate {
  const templates = new Map<PlaceholderSyntax, Template>();
  for (const arg of args) {
    for (const placeholder of placeholdersOf(arg)) templates.set(placeholder, compile(placeholder));
  }
  return {
    source,
    language,
    module,
    function: name,
    arity: args.length,
    arguments: (scope) =>
      scope === undefined
        ? args.map(knownPart)
        : args.map((arg) =>
            fillSyntax(arg, (placeholder) => templates.get(placeholder)?.evaluate(scope) ?? null),
          ),
  };
}

/** The `${{ … }}` in a term that was read, in their order. */
function* placeholdersOf(syntax: TermSyntax): Generator<PlaceholderSyntax> {
  switch (syntax.type) {
    case "placeholder":
      yield syntax;
      return;
    case "text":
      for (const part of syntax.parts) {
        if (typeof part !== "string" && !(part instanceof Uint8Array)) yield part;
      }
      return;
    case "tuple":
      for (const element of syntax.elements) yield* placeholdersOf(element);
      return;
    case "list":
      for (const element of syntax.elements) yield* placeholdersOf(element);
      if (syntax.tail !== undefined) yield* placeholdersOf(syntax.tail);
      return;
    case "map":
      for (const [key, value] of syntax.entries) {
        yield* placeholdersOf(key);
        yield* placeholdersOf(value);
      }
      return;
    case "bits":
      for (const segment of syntax.segments) yield* placeholdersOf(segment.value);
      return;
    case "alias":
      yield* placeholdersOf(syntax.left);
      yield* placeholdersOf(syntax.right);
      return;
    case "literal":
    case "variable":
  }
}
