import type { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { readKnownAtom, rememberAtom } from "./known-atoms.ts";
import { TAG } from "./tags.ts";
import { Atom } from "./term.ts";

/** An atom has at most 255 characters, of up to four bytes each. */
const MAX_ATOM_CHARACTERS = 255;

/**
 * Reads the name of the atom that must come next, such as the node of a pid. Most are those of a few nodes.
 *
 * @throws {DecodeError}
 */
export function readAtomName(reader: ByteReader): string {
  const tag = reader.uint8("tag of an atom");
  if (tag !== TAG.SMALL_ATOM_UTF8_EXT) return readAtomText(reader, tag);
  const known = readKnownAtom(reader);
  if (known !== undefined) return known.name;
  const start = reader.offset;
  const name = readAtomText(reader, tag);
  rememberAtom(new Atom(name), reader.bytes, start + 1, reader.offset);
  return name;
}

/**
 * Reads what follows the tag of an atom: its name.
 *
 *     1 (2 in the long kinds) | Length
 *     Length                  | AtomName
 *
 * @throws {DecodeError}
 */
export function readAtomText(reader: ByteReader, tag: number): string {
  const start = reader.offset;
  const name = decodeText(reader, tag);
  // As OTP does; an atom that is longer could not be sent back either.
  if (name.length > MAX_ATOM_CHARACTERS && Array.from(name).length > MAX_ATOM_CHARACTERS) {
    throw new DecodeError(`Cannot decode the atom: more than ${MAX_ATOM_CHARACTERS} characters`, start);
  }
  return name;
}

function decodeText(reader: ByteReader, tag: number): string {
  switch (tag) {
    case TAG.SMALL_ATOM_UTF8_EXT:
      return reader.utf8(reader.uint8("Length of SMALL_ATOM_UTF8_EXT"), "AtomName");
    case TAG.ATOM_UTF8_EXT:
      return reader.utf8(reader.uint16("Length of ATOM_UTF8_EXT"), "AtomName");
    case TAG.SMALL_ATOM_EXT:
      return reader.latin1(reader.uint8("Length of SMALL_ATOM_EXT"), "AtomName");
    case TAG.ATOM_EXT:
      return reader.latin1(reader.uint16("Length of ATOM_EXT"), "AtomName");
    default:
      throw new DecodeError(
        `Cannot decode the term: tag ${tag} stands where an atom must`,
        reader.offset - 1,
      );
  }
}
