import { deflateSync } from "node:zlib";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { TAG, VERSION_MAGIC } from "./tags.ts";
import type {
  BitString,
  Export,
  Float,
  Fun,
  ImproperList,
  MapTerm,
  Pid,
  Port,
  Reference,
  Term,
  Tuple,
} from "./term.ts";

/** Options of {@linkcode encodeTerm}. */
export interface EncodeOptions {
  /**
   * Compresses the term, unless that would make it larger.
   *
   * @default false
   */
  compressed?: boolean;
}

/**
 * Encodes a term with its version byte, as `term_to_binary(Term, [{minor_version, 2}])` does, or with
 * `compressed` besides.
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_ext_dist.html
 * @throws {RangeError} for a term that Erlang does not have, such as an atom of 300 characters
 */
export function encodeTerm(term: Term, { compressed = false }: EncodeOptions = {}): Buffer {
  const writer = new ByteWriter();
  writeTerm(writer, term);
  const plain = writer.finish();
  return compressed ? compress(plain) : plain;
}

/** Up to this length, names are written faster character by character. */
const SHORT_NAME = 64;

/** Tuples that were encoded before, and how. */
const encodings = new WeakMap<Tuple, Buffer>();

/**
 * Encodes a tuple now, for as long as it lives: whatever it is part of, it is not encoded again, and
 * not copied either where it is large. It is for what many nodes get.
 *
 * @throws {RangeError} as {@linkcode encodeTerm} does
 */
export function keepEncoded(term: Tuple): Tuple {
  const writer = new ByteWriter();
  writeTuple(writer, term);
  encodings.set(term, writer.finish());
  return term;
}

/** How many bytes {@linkcode keepEncoded} keeps of a tuple. */
export function keptBytes(term: Tuple): number {
  return encodings.get(term)?.byteLength ?? 0;
}

/**
 *     1   | 1  | 4                | N
 *     131 | 80 | UncompressedSize | Zlib-compressedData
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_ext_dist.html#compressed-term-format
 */
function compress(plain: Buffer): Buffer {
  const data = deflateSync(plain.subarray(1));
  const writer = new ByteWriter()
    .uint8(VERSION_MAGIC)
    .uint8(TAG.COMPRESSED)
    .uint32(plain.length - 1);
  const compressed = writer.bytes(data).finish();
  return compressed.length < plain.length ? compressed : plain;
}

/**
 * Writes a term with its version byte.
 *
 * @throws {RangeError}
 */
export function writeTerm(writer: ByteWriter, term: Term): void {
  writer.uint8(VERSION_MAGIC);
  write(writer, term);
}

function write(writer: ByteWriter, term: Term): void {
  if (typeof term === "number") return writeInteger(writer, term);
  if (typeof term === "bigint") return writeBig(writer, term);
  if (term instanceof Uint8Array) {
    writer.uint8(TAG.BINARY_EXT).uint32(term.byteLength).bytes(term);
    return;
  }
  if (isList(term)) return writeList(writer, term);
  if (typeof term !== "object" || term === null) return refuse(term);
  switch (term.type) {
    case "atom":
      return writeAtom(writer, term.name);
    case "tuple":
      return writeTuple(writer, term);
    case "float":
      return writeFloat(writer, term);
    case "map":
      return writeMap(writer, term);
    case "bit_string":
      return writeBitString(writer, term);
    case "improper_list":
      return writeImproperList(writer, term);
    case "pid":
      return writePid(writer, term);
    case "port":
      return writePort(writer, term);
    case "reference":
      return writeReference(writer, term);
    case "fun":
      return writeFun(writer, term);
    case "export":
      return writeExport(writer, term);
    default:
      // Playbooks that nobody has type-checked: half a term would break the link.
      return refuse(term);
  }
}

function refuse(value: never): never {
  const kind = typeof value;
  const what =
    kind === "string" ? "a string" : kind === "object" && value !== null ? "an object" : String(value);
  throw new RangeError(`Cannot encode ${what} inside a term: write text as binary("…") or charlist("…")`);
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(term: readonly Term[] | Exclude<Term, readonly Term[]>): term is readonly Term[] {
  return Array.isArray(term);
}

function writeInteger(writer: ByteWriter, value: number): void {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(
      `Cannot encode ${value}: a number is an integer up to 2^53 - 1, else Float or bigint`,
    );
  }
  if (value >= 0 && value <= 255) {
    writer.uint8(TAG.SMALL_INTEGER_EXT).uint8(value);
  } else if (value >= -0x8000_0000 && value <= 0x7fff_ffff) {
    writer.uint8(TAG.INTEGER_EXT).int32(value);
  } else {
    writeSmallBig(writer, value);
  }
}

/** Integers of 33 to 53 bits, of which there are many: sizes, times, counters. */
function writeSmallBig(writer: ByteWriter, value: number): void {
  const magnitude = Math.abs(value);
  const high = Math.floor(magnitude / 2 ** 32);
  const size = 4 + (high === 0 ? 0 : Math.ceil((32 - Math.clz32(high)) / 8));
  writer
    .uint8(TAG.SMALL_BIG_EXT)
    .uint8(size)
    .uint8(value < 0 ? 1 : 0);
  let rest = magnitude;
  for (let index = 0; index < size; index++) {
    writer.uint8(rest % 256);
    rest = Math.floor(rest / 256);
  }
}

/**
 *     1   | 1 (4 in LARGE_BIG_EXT) | 1    | n
 *     Tag | n                      | Sign | d(0) ... d(n-1), little-endian
 */
function writeBig(writer: ByteWriter, value: bigint): void {
  if (value >= -0x8000_0000n && value <= 0x7fff_ffffn) return writeInteger(writer, Number(value));
  const negative = value < 0n;
  const hex = (negative ? -value : value).toString(16);
  const digits = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").reverse();
  if (digits.length <= 255) {
    writer.uint8(TAG.SMALL_BIG_EXT).uint8(digits.length);
  } else {
    writer.uint8(TAG.LARGE_BIG_EXT).uint32(digits.length);
  }
  writer.uint8(negative ? 1 : 0).bytes(digits);
}

function writeFloat(writer: ByteWriter, { value }: Float): void {
  if (!Number.isFinite(value)) throw new RangeError(`Cannot encode ${value}: Erlang has no such float`);
  writer.uint8(TAG.NEW_FLOAT_EXT).float64(value);
}

function writeAtom(writer: ByteWriter, name: string): void {
  if (name.length <= SHORT_NAME && isAscii(name)) {
    writer.uint8(TAG.SMALL_ATOM_UTF8_EXT).uint8(name.length).ascii(name);
    return;
  }
  const size = Buffer.byteLength(name, "utf8");
  if (size > 255 && Array.from(name).length > 255) {
    throw new RangeError(`Cannot encode an atom of ${Array.from(name).length} characters: 255 are the most`);
  }
  if (size <= 255) writer.uint8(TAG.SMALL_ATOM_UTF8_EXT).uint8(size);
  else writer.uint8(TAG.ATOM_UTF8_EXT).uint16(size);
  writer.utf8(name);
}

function isAscii(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    if (name.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

function writeTuple(writer: ByteWriter, term: Tuple): void {
  const kept = encodings.get(term);
  if (kept !== undefined) {
    writer.shared(kept);
    return;
  }
  const { elements } = term;
  if (elements.length <= 255) writer.uint8(TAG.SMALL_TUPLE_EXT).uint8(elements.length);
  else writer.uint8(TAG.LARGE_TUPLE_EXT).uint32(elements.length);
  for (const element of elements) write(writer, element);
}

function writeList(writer: ByteWriter, elements: readonly Term[]): void {
  if (elements.length === 0) {
    writer.uint8(TAG.NIL_EXT);
  } else if (elements.length <= 0xffff && elements.every(isByte)) {
    writer.uint8(TAG.STRING_EXT).uint16(elements.length);
    for (const element of elements) writer.uint8(element);
  } else {
    writer.uint8(TAG.LIST_EXT).uint32(elements.length);
    for (const element of elements) write(writer, element);
    writer.uint8(TAG.NIL_EXT);
  }
}

function isByte(term: Term): term is number {
  return typeof term === "number" && Number.isInteger(term) && term >= 0 && term <= 255;
}

function writeImproperList(writer: ByteWriter, { elements, tail }: ImproperList): void {
  writer.uint8(TAG.LIST_EXT).uint32(elements.length);
  for (const element of elements) write(writer, element);
  write(writer, tail);
}

function writeMap(writer: ByteWriter, { entries }: MapTerm): void {
  writer.uint8(TAG.MAP_EXT).uint32(entries.length);
  for (const [key, value] of entries) {
    write(writer, key);
    write(writer, value);
  }
}

function writeBitString(writer: ByteWriter, { bytes, bitsInLastByte }: BitString): void {
  writer.uint8(TAG.BIT_BINARY_EXT).uint32(bytes.byteLength).uint8(bitsInLastByte).bytes(bytes);
}

function writePid(writer: ByteWriter, pid: Pid): void {
  writer.uint8(TAG.NEW_PID_EXT);
  writeAtom(writer, pid.node);
  writer.uint32(pid.id).uint32(pid.serial).uint32(pid.creation);
}

function writePort(writer: ByteWriter, port: Port): void {
  // Ids above 28 bits need V4_PORT_EXT, which OTP 23 does not know.
  if (port.id >= 1n << 28n) {
    writer.uint8(TAG.V4_PORT_EXT);
    writeAtom(writer, port.node);
    writer.uint64(port.id);
  } else {
    writer.uint8(TAG.NEW_PORT_EXT);
    writeAtom(writer, port.node);
    writer.uint32(Number(port.id));
  }
  writer.uint32(port.creation);
}

function writeReference(writer: ByteWriter, reference: Reference): void {
  writer.uint8(TAG.NEWER_REFERENCE_EXT).uint16(reference.words.length);
  writeAtom(writer, reference.node);
  writer.uint32(reference.creation);
  for (const word of reference.words) writer.uint32(word);
}

function writeFun(writer: ByteWriter, fun: Fun): void {
  writer.uint8(TAG.NEW_FUN_EXT);
  const sizeAt = writer.length;
  writer.uint32(0).uint8(fun.arity).bytes(fun.uniq).uint32(fun.index).uint32(fun.freeVariables.length);
  writeAtom(writer, fun.module);
  writeInteger(writer, fun.oldIndex);
  writeInteger(writer, fun.oldUniq);
  writePid(writer, fun.pid);
  for (const variable of fun.freeVariables) write(writer, variable);
  // Size counts itself but not the tag.
  writer.patchUint32(sizeAt, writer.length - sizeAt);
}

function writeExport(writer: ByteWriter, { module, function: functionName, arity }: Export): void {
  writer.uint8(TAG.EXPORT_EXT);
  writeAtom(writer, module);
  writeAtom(writer, functionName);
  writer.uint8(TAG.SMALL_INTEGER_EXT).uint8(arity);
}
