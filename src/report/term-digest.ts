import { createHash, type Hash } from "node:crypto";
import { charlistText, isCharlist } from "../etf/charlist.ts";
import { sortedEntries } from "../etf/compare.ts";
import { formatTerm } from "../etf/format.ts";
import type { Term, TermNode } from "../etf/term.ts";
import { withoutIdentities } from "./without-identities.ts";

/** So much of a binary is looked at at a time. */
const PIECE_BYTES = 64 * 1024;

/**
 * Gives a digest that is the same for terms that are the same but for the numbers of processes and the like, without
 * printing them: a binary of 100 MB is 400 MB of text.
 */
export function termDigest(terms: readonly (Term | null)[]): string {
  const hash = createHash("sha256");
  for (const term of terms) {
    if (term === null) hash.update("none,");
    else addTerm(hash, term);
  }
  return hash.digest("hex");
}

function addTerm(hash: Hash, term: Term): void {
  if (typeof term === "number" || typeof term === "bigint") hash.update(`${term},`);
  else if (term instanceof Uint8Array) addBytes(hash, term);
  else if (!isList(term)) addNode(hash, term);
  else if (isCharlist(term)) hash.update(`charlist ${withoutIdentities(charlistText(term))},`);
  else addAll(hash, "list", term);
}

function addNode(hash: Hash, term: TermNode): void {
  switch (term.type) {
    case "tuple":
      return addAll(hash, "tuple", term.elements);
    case "improper_list":
      return addAll(hash, "improper", [...term.elements, term.tail]);
    case "map":
      return addAll(hash, "map", sortedEntries(term).flat());
    default:
      hash.update(`${term.type} ${withoutIdentities(formatTerm(term, "erlang"))},`);
  }
}

function addAll(hash: Hash, kind: string, terms: readonly Term[]): void {
  hash.update(`${kind} ${terms.length}:`);
  for (const term of terms) addTerm(hash, term);
}

/** Numbers in text are left out as well: what is printed there is printed here. */
function addBytes(hash: Hash, { buffer, byteOffset, byteLength }: Uint8Array): void {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  hash.update("binary ");
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    hash.update(withoutIdentities(bytes.toString("latin1", at, at + PIECE_BYTES)), "latin1");
  }
  hash.update(",");
}

function isList(term: readonly Term[] | TermNode): term is readonly Term[] {
  return Array.isArray(term);
}
