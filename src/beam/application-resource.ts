import { TermSyntaxError } from "../etf/term-syntax-error.ts";
import { charlistText } from "../etf/charlist.ts";
import { parseFirstTerm } from "../etf/parse-term.ts";
import { Atom, isAtom, isTuple, type Term } from "../etf/term.ts";

/** What the `.app` file of an application says, as far as it matters here. */
export interface ApplicationResource {
  readonly name: string;
  /** Empty where there is none. */
  readonly version: string;
  readonly modules: readonly string[];
  /** Applications that are started before it, those in `optional` as well. */
  readonly applications: readonly string[];
  /** Applications that it starts itself. */
  readonly included: readonly string[];
  /** Those of `applications` that it works without. */
  readonly optional: readonly string[];
  /** All of it: `{application, Name, Properties}`. */
  readonly term: Term;
}

/**
 * Parses the text of a `.app` file.
 *
 * @returns what is wrong with it, as text that follows a colon, where it is none
 * @see https://www.erlang.org/doc/apps/kernel/app.html
 */
export function parseApplicationResource(text: string): ApplicationResource | string {
  let term: Term;
  try {
    term = parseFirstTerm(text);
  } catch (error) {
    if (error instanceof TermSyntaxError) return `line ${lineAt(text, error.offset)}: ${error.message}`;
    throw error;
  }
  const [tag, name, properties] = isTuple(term, 3) ? term.elements : [];
  if (tag === undefined || !isAtom(tag, "application") || !(name instanceof Atom) || !isList(properties)) {
    return "it is not {application, Name, Properties}";
  }
  try {
    return {
      name: name.name,
      version: versionOf(properties),
      modules: atomsOf(properties, "modules"),
      applications: atomsOf(properties, "applications"),
      included: atomsOf(properties, "included_applications"),
      optional: atomsOf(properties, "optional_applications"),
      term,
    };
  } catch (error) {
    if (error instanceof InvalidProperty) return error.message;
    throw error;
  }
}

class InvalidProperty extends Error {}

function propertyOf(properties: readonly Term[], name: string): Term | undefined {
  const found = properties.find(
    (property) => isTuple(property, 2) && isAtom(property.elements[0] ?? 0, name),
  );
  return found !== undefined && isTuple(found, 2) ? found.elements[1] : undefined;
}

function atomsOf(properties: readonly Term[], name: string): string[] {
  const list = propertyOf(properties, name) ?? [];
  if (!isList(list)) throw new InvalidProperty(`${name} is no list`);
  return list.map((item) => {
    if (item instanceof Atom) return item.name;
    throw new InvalidProperty(`${name} holds something else than atoms`);
  });
}

function versionOf(properties: readonly Term[]): string {
  const version = propertyOf(properties, "vsn") ?? [];
  if (!isList(version) || !version.every((item) => typeof item === "number")) {
    throw new InvalidProperty("vsn is no string");
  }
  return charlistText(version);
}

function isList(term: Term | undefined): term is readonly Term[] {
  return Array.isArray(term);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
