import type { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { readAtomName } from "./read-atom.ts";
import { roomFor } from "./room-for.ts";
import { TAG } from "./tags.ts";
import { Pid, Port, Reference } from "./term.ts";

/**
 * Reads what follows the tag of a pid.
 *
 *     N    | 4  | 4      | 4 (1 in PID_EXT)
 *     Node | ID | Serial | Creation
 *
 * @throws {DecodeError}
 */
export function readPid(reader: ByteReader, tag: number): Pid {
  const node = readAtomName(reader);
  const id = reader.uint32("ID of the pid");
  const serial = reader.uint32("Serial of the pid");
  const creation =
    tag === TAG.PID_EXT ? reader.uint8("Creation of the pid") : reader.uint32("Creation of the pid");
  return new Pid(node, id, serial, creation);
}

/**
 * Reads what follows the tag of a port.
 *
 *     N    | 4 (8 in V4_PORT_EXT) | 4 (1 in PORT_EXT)
 *     Node | ID                   | Creation
 *
 * @throws {DecodeError}
 */
export function readPort(reader: ByteReader, tag: number): Port {
  const node = readAtomName(reader);
  const id =
    tag === TAG.V4_PORT_EXT ? reader.uint64("ID of the port") : BigInt(reader.uint32("ID of the port"));
  const creation =
    tag === TAG.PORT_EXT ? reader.uint8("Creation of the port") : reader.uint32("Creation of the port");
  return new Port(node, id, creation);
}

/**
 * Reads what follows the tag of a reference.
 *
 *     2   | N    | 4 (1 in NEW_REFERENCE_EXT) | 4 × Len
 *     Len | Node | Creation                   | ID ...
 *
 * @throws {DecodeError}
 */
export function readNewReference(reader: ByteReader, tag: number): Reference {
  const start = reader.offset;
  const length = reader.uint16("Len of the reference");
  if (length === 0 || length > 5) {
    throw new DecodeError(`Cannot decode the reference: Len is ${length}, not 1 to 5`, start);
  }
  const node = readAtomName(reader);
  const creation =
    tag === TAG.NEW_REFERENCE_EXT
      ? reader.uint8("Creation of the reference")
      : reader.uint32("Creation of the reference");
  const words = roomFor<number>(length);
  for (let index = 0; index < length; index++) words[index] = reader.uint32("ID of the reference");
  return new Reference(node, creation, words);
}

/**
 * Reads what follows REFERENCE_EXT.
 *
 *     N    | 4  | 1
 *     Node | ID | Creation
 *
 * @throws {DecodeError}
 */
export function readOldReference(reader: ByteReader): Reference {
  const node = readAtomName(reader);
  const id = reader.uint32("ID of REFERENCE_EXT");
  return new Reference(node, reader.uint8("Creation of REFERENCE_EXT"), [id]);
}
