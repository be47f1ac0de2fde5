import type { Presence } from "../engine/applications-to-ship.ts";
import { Atom, isAtom, isTuple, type Term } from "../etf/term.ts";

/** Reads `[{Name, own | other}]`, and passes over everything else. */
export function readPresence(answer: Term): ReadonlyMap<string, Presence> {
  const found = new Map<string, Presence>();
  for (const entry of Array.isArray(answer) ? (answer as Term[]) : []) {
    const [name, presence] = isTuple(entry, 2) ? entry.elements : [];
    if (!(name instanceof Atom) || presence === undefined) continue;
    found.set(name.name, isAtom(presence, "own") ? "own" : "other");
  }
  return found;
}
