import { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import type { Chunks } from "./iff.ts";
import type { NameSet } from "./name-set.ts";
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

/** What the atom table of a module names. */
export interface NamedInTable {
  readonly module: string;
  /** The atoms among the names that were looked for. */
  readonly named: readonly string[];
}

/**
 * Finds names of modules in chunk `AtU8`, without the other atoms.
 *
 * @throws {DecodeError}
 */
export function findInAtomTable(chunks: Chunks, names: NameSet): NamedInTable {
  const utf8 = chunks.get("AtU8");
  const found = utf8 !== undefined && names.isAscii ? findAscii(utf8, names) : undefined;
  if (found !== undefined) return found;
  const { atoms } = decodeAtomTable(chunks);
  return { module: atoms[0] ?? "", named: atoms.filter((atom) => names.has(atom)) };
}

/** Gives undefined for a table that is broken, and where the module has a name that is not ASCII. */
function findAscii(table: Uint8Array, names: NameSet): NamedInTable | undefined {
  const bytes = Buffer.from(table.buffer, table.byteOffset, table.byteLength);
  if (bytes.length < COUNT_BYTES) return undefined;
  const count = bytes.readInt32BE(0);
  const text = bytes.toString("latin1");
  const named: string[] = [];
  let module = "";
  let at = COUNT_BYTES;
  for (let index = 0; index < Math.abs(count); index++) {
    let length = bytes[at++] ?? NaN;
    if (count < 0) {
      // A compact term: one byte with four bits for the number, or two with eleven.
      if ((length & 0b1111) === 0) length >>= 4;
      else if ((length & 0b11111) === 0b1000) length = ((length & 0b1110_0000) << 3) | (bytes[at++] ?? NaN);
      else return undefined;
    }
    const end = at + length;
    if (!(end <= bytes.length)) return undefined;
    if (index === 0) module = text.slice(at, end);
    if (names.hasShape(length, bytes[at])) {
      const atom = text.slice(at, end);
      if (names.has(atom)) named.push(atom);
    }
    at = end;
  }
  return NOT_ASCII.test(module) ? undefined : { module, named };
}
