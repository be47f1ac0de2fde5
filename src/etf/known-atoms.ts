import { Atom } from "./term.ts";

const LIMIT = 4096;

/** Names that were met before, so that the same few atoms of every reply are made once. */
const atoms = new Map<string, Atom>();

/** The atom of a name that is remembered. */
export function knownAtom(name: string): Atom | undefined {
  return atoms.get(name);
}

/** Makes an atom, and remembers it while there is room: a host could send new names for ever. */
export function rememberAtom(name: string): Atom {
  const made = new Atom(name);
  if (atoms.size < LIMIT) atoms.set(name, made);
  return made;
}
