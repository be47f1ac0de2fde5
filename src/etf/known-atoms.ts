import type { ByteReader } from "../bytes/byte-reader.ts";
import type { Atom } from "./term.ts";

/** A power of two. */
const SLOTS = 4096;

interface KnownAtom {
  /** The name in UTF-8. */
  readonly bytes: Uint8Array;
  readonly atom: Atom;
}

/**
 * Atoms that were met before, each where the hash of its name says, so that the same few of every reply are made
 * once and their bytes read as text once. Another one may take the place: a host could send new names for ever.
 */
const slots: (KnownAtom | undefined)[] = Array.from({ length: SLOTS });

/** Reads the rest of a SMALL_ATOM_UTF8_EXT if its atom is remembered, and nothing otherwise. */
export function readKnownAtom(reader: ByteReader): Atom | undefined {
  const { bytes, offset } = reader;
  const length = bytes[offset];
  if (length === undefined || length >= reader.remaining) return undefined;
  const start = offset + 1;
  const known = slots[slotOf(bytes, start, start + length)];
  if (known?.bytes.length !== length) return undefined;
  for (let index = 0; index < length; index++) {
    if (known.bytes[index] !== bytes[start + index]) return undefined;
  }
  reader.offset = start + length;
  return known.atom;
}

/** Remembers an atom by its name in UTF-8, which stands from `start` to `end`. */
export function rememberAtom(atom: Atom, bytes: Uint8Array, start: number, end: number): void {
  // A copy: what it is cut from may be large.
  slots[slotOf(bytes, start, end)] = { bytes: Uint8Array.from(bytes.subarray(start, end)), atom };
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let index = start; index < end; index++) hash = (Math.imul(hash, 31) + (bytes[index] ?? 0)) | 0;
  return hash & (SLOTS - 1);
}
