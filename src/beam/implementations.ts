import { isAtom, type Term } from "../etf/term.ts";
import { pairs, type Attributes } from "./attributes.ts";

/** An implementation of a protocol: `defimpl Size, for: Folder` makes the module `Size.Folder`. */
export interface Implementation {
  readonly module: string;
  readonly protocol: string;
  readonly target: string;
}

const PREFIX = "Elixir.";

/**
 * What the modules would implement, going by their names alone: `Elixir.A.B.C` may be `A` for
 * `B.C` as well as `A.B` for `C`.
 */
export function possibleImplementations(modules: Iterable<string>): Implementation[] {
  return Array.from(modules).flatMap((module) => {
    if (!module.startsWith(PREFIX)) return [];
    const parts = module.slice(PREFIX.length).split(".");
    return parts.slice(1).map((_, index) => ({
      module,
      protocol: PREFIX + parts.slice(0, index + 1).join("."),
      target: PREFIX + parts.slice(index + 1).join("."),
    }));
  });
}

/**
 * Whether a module says of itself, in the attribute `__impl__`, that it is this implementation.
 * Before Elixir 1.12 the attribute was `protocol_impl`.
 */
export function isImplementation({ protocol, target }: Implementation, attributes: Attributes): boolean {
  const note = new Map(pairs(attributes.get("__impl__") ?? attributes.get("protocol_impl") ?? []));
  return isNamed(note.get("protocol"), protocol) && isNamed(note.get("for"), target);
}

/**
 * Whether a module is a protocol, which `defprotocol` notes in the attribute `__protocol__`. Before
 * Elixir 1.12 it was `protocol`, a name that others may use as well.
 */
export function isProtocol(attributes: Attributes): boolean {
  const note = new Map(pairs(attributes.get("protocol") ?? []));
  return attributes.has("__protocol__") || note.has("fallback_to_any");
}

function isNamed(term: Term | undefined, name: string): boolean {
  return term !== undefined && isAtom(term, name);
}
