import { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { uint32At } from "../bytes/uint32-at.ts";
import type { Chunks } from "./iff.ts";
import type { NameSearch } from "./name-search.ts";
import { readCompactTerm } from "./compact-term.ts";

/** An atom has at most 255 characters, of up to four bytes each. */
const MAX_ATOM_BYTES = 255 * 4;
const COUNT_BYTES = 4;
const NOT_ASCII = /[^\u0000-\u007f]/;

export interface AtomTable {
  /** The first one is the name of the module. */
  readonly atoms: readonly string[];
  /** Whether lengths are written as OTP 28 and newer do, which older releases cannot read. */
  readonly hasLongLengths: boolean;
}

/**
 * Decodes chunk `AtU8`, or `Atom` of OTP 19 and older:
 *
 *     4     | Count times
 *     Count | 1 Length | Length bytes
 *
 * Since OTP 28 `Count` is negative, and each `Length` is a compact term.
 *
 * @throws {DecodeError}
 */
export function decodeAtomTable(chunks: Chunks): AtomTable {
  const utf8 = chunks.get("AtU8");
  const latin1 = chunks.get("Atom");
  if (utf8 !== undefined) return decodeAtoms(new ByteReader(utf8), "utf8");
  if (latin1 !== undefined) return decodeAtoms(new ByteReader(latin1), "latin1");
  throw new DecodeError("Cannot read the .beam file: chunk AtU8 is missing", 0);
}

function decodeAtoms(reader: ByteReader, encoding: "utf8" | "latin1"): AtomTable {
  const signedCount = reader.int32("count of atoms");
  const hasLongLengths = signedCount < 0;
  const count = Math.abs(signedCount);
  // Each atom takes at least its length, so a lying count fails here.
  reader.need(count, "atoms");
  const atoms = Array.from({ length: count }, () => {
    const length = hasLongLengths ? longLength(reader) : reader.uint8("length of an atom");
    const start = reader.offset;
    const text = reader.latin1(length, "atom");
    if (encoding === "latin1" || !NOT_ASCII.test(text)) return text;
    reader.offset = start;
    return reader.utf8(length, "atom");
  });
  return { atoms, hasLongLengths };
}

function longLength(reader: ByteReader): number {
  const at = reader.offset;
  const { value } = readCompactTerm(reader);
  if (!(value <= MAX_ATOM_BYTES)) throw new DecodeError("Cannot read an atom: it is too long", at);
  return value;
}

/**
 * Finds names of modules in chunk `AtU8`, which stands between two offsets, without making the other
 * atoms. Gives the first atom, which is the name of the module.
 *
 * @throws {DecodeError}
 */
export function findInAtomTable(search: NameSearch, start: number, end: number): string {
  const module = findInPlainTable(search, start, end);
  if (module !== undefined) return module;
  const { atoms } = decodeAtoms(new ByteReader(search.bytes.subarray(start, end)), "utf8");
  search.lookAt(atoms);
  return atoms[0] ?? "";
}

/** Gives undefined for a table that is broken, or has lengths as no compiler writes them. */
function findInPlainTable(search: NameSearch, start: number, end: number): string | undefined {
  const { bytes } = search;
  if (end - start < COUNT_BYTES) return undefined;
  const count = uint32At(bytes, start) | 0;
  let module: string | undefined;
  let at = start + COUNT_BYTES;
  for (let index = 0; index < Math.abs(count); index++) {
    if (at >= end) return undefined;
    let length = bytes[at++]!;
    if (count < 0) {
      // A compact term: one byte with four bits for the number, or two with eleven.
      if ((length & 0b1111) === 0) length >>= 4;
      else if ((length & 0b11111) === 0b1000) length = ((length & 0b1110_0000) << 3) | bytes[at++]!;
      else return undefined;
    }
    const atomStart = at;
    at += length;
    if (at > end) return undefined;
    module ??= bytes.toString("utf8", atomStart, at);
    search.look(atomStart, at);
  }
  return module;
}
