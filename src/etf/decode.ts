import { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { inflate } from "./inflate.ts";
import { readKnownAtom, rememberAtom } from "./known-atoms.ts";
import { KnownBinaries } from "./known-binaries.ts";
import { MemoryBudget, OBJECT_BYTES, SLOT_BYTES } from "./memory-budget.ts";
import { readAtomName, readAtomText } from "./read-atom.ts";
import { readNewReference, readOldReference, readPid, readPort } from "./read-identifier.ts";
import { roomFor } from "./room-for.ts";
import { TAG, VERSION_MAGIC } from "./tags.ts";
import { Atom, BitString, Export, Float, Fun, ImproperList, MapTerm, Pid, Tuple, type Term } from "./term.ts";

/** Bounds on what a term may cost, for bytes that come from somebody else. */
export interface DecodeLimits {
  /**
   * How deep tuples, lists, maps and funs may nest.
   *
   * @default 512
   */
  maxDepth?: number;
  /**
   * Size of a compressed term once inflated, in bytes.
   *
   * @default 256 MiB
   */
  maxInflatedBytes?: number;
  /**
   * Memory that the term may take besides `bytes`, in bytes, estimated: a tuple of two bytes is an object of a
   * hundred.
   *
   * @default 256 MiB
   */
  maxHeapBytes?: number;
  /**
   * What several terms may take together, in place of `maxHeapBytes`.
   *
   * @default a budget of its own
   */
  memory?: MemoryBudget;
}

const DEFAULT_MAX_DEPTH = 512;
const DEFAULT_MAX_INFLATED_BYTES = 256 * 1024 * 1024;
/** Larger integers take long to write in decimal. */
const MAX_BIG_BYTES = 64 * 1024;
/** From how many bytes on an integer counts by the square of its size, as its digits take about as long to find. */
const LONG_BIG_BYTES = 1024;
/** So many digits make a number that is exact. */
const EXACT_DIGITS = 6;
/** Messages of this size may hold many binaries. */
const MANY_BYTES = 16 * 1024;

/**
 * Decodes a term that fills all of `bytes`. Binaries of the term share memory with `bytes`, and short ones that are
 * equal may be the same object.
 *
 *     1   | N
 *     131 | Tag and data
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_ext_dist.html
 * @throws {DecodeError} if the bytes are not exactly one term, or it exceeds a limit
 */
export function decodeTerm(bytes: Uint8Array, limits: DecodeLimits = {}): Term {
  const reader = new ByteReader(bytes);
  const term = readTerm(reader, limits);
  if (reader.remaining > 0) {
    throw new DecodeError(`Cannot decode the term: ${reader.remaining} bytes follow it`, reader.offset);
  }
  return term;
}

/**
 * Decodes the next term, with its version byte, and leaves the reader behind it.
 *
 * @throws {DecodeError}
 */
export function readTerm(reader: ByteReader, limits: DecodeLimits = {}): Term {
  const version = reader.uint8("version of the term");
  if (version !== VERSION_MAGIC) {
    throw new DecodeError(`Cannot decode the term: version is ${version}, not 131`, reader.offset - 1);
  }
  if (reader.bytes[reader.offset] === TAG.COMPRESSED) return decodeCompressed(reader, limits);
  return new TermDecoder(reader, limits).term(0);
}

/**
 *     1  | 4                | N
 *     80 | UncompressedSize | Zlib-compressedData
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_ext_dist.html#compressed-term-format
 */
function decodeCompressed(reader: ByteReader, limits: DecodeLimits): Term {
  const start = reader.offset;
  reader.uint8("tag of the term");
  const size = reader.uint32("UncompressedSize");
  const maximum = limits.maxInflatedBytes ?? DEFAULT_MAX_INFLATED_BYTES;
  if (size > maximum) {
    throw new DecodeError(`Cannot inflate the term: ${size} bytes are more than ${maximum}`, start);
  }
  const { data, consumed } = inflate(reader, size, start);
  reader.offset += consumed;
  const inner = new ByteReader(data);
  const term = new TermDecoder(inner, limits).term(0);
  if (inner.remaining > 0) throw new DecodeError("Cannot inflate the term: bytes follow it", start);
  return term;
}

/** Decodes terms without version byte from a reader. Each method reads what follows its tag. */
class TermDecoder {
  readonly #reader: ByteReader;
  readonly #maxDepth: number;
  readonly #memory: MemoryBudget;
  /** Worth its while where there may be many. */
  readonly #binaries: KnownBinaries | undefined;

  constructor(reader: ByteReader, limits: DecodeLimits) {
    this.#reader = reader;
    this.#maxDepth = limits.maxDepth ?? DEFAULT_MAX_DEPTH;
    this.#memory = limits.memory ?? new MemoryBudget(limits.maxHeapBytes);
    this.#binaries = reader.remaining >= MANY_BYTES ? new KnownBinaries() : undefined;
  }

  term(depth: number): Term {
    if (depth > this.#maxDepth) {
      throw new DecodeError(
        `Cannot decode the term: it nests deeper than ${this.#maxDepth}`,
        this.#reader.offset,
      );
    }
    const reader = this.#reader;
    const tag = reader.uint8("tag of the term");
    this.#memory.take(SLOT_BYTES);
    switch (tag) {
      case TAG.SMALL_INTEGER_EXT:
        return reader.uint8("SMALL_INTEGER_EXT");
      case TAG.INTEGER_EXT:
        return reader.int32("INTEGER_EXT");
      case TAG.SMALL_ATOM_UTF8_EXT:
        return this.#shortAtom();
      case TAG.ATOM_UTF8_EXT:
      case TAG.SMALL_ATOM_EXT:
      case TAG.ATOM_EXT:
        return this.#atom(tag);
    }
    this.#memory.take(OBJECT_BYTES);
    switch (tag) {
      case TAG.SMALL_BIG_EXT:
        return this.#big(reader.uint8("n of SMALL_BIG_EXT"));
      case TAG.LARGE_BIG_EXT:
        return this.#big(reader.uint32("n of LARGE_BIG_EXT"));
      case TAG.NEW_FLOAT_EXT:
        return this.#newFloat();
      case TAG.FLOAT_EXT:
        return this.#oldFloat();
      case TAG.SMALL_TUPLE_EXT:
        return this.#tuple(reader.uint8("Arity of SMALL_TUPLE_EXT"), depth);
      case TAG.LARGE_TUPLE_EXT:
        return this.#tuple(reader.uint32("Arity of LARGE_TUPLE_EXT"), depth);
      case TAG.NIL_EXT:
        return [];
      case TAG.STRING_EXT:
        return this.#string();
      case TAG.LIST_EXT:
        return this.#list(depth);
      case TAG.BINARY_EXT:
        return this.#binary(reader.uint32("Len of BINARY_EXT"));
      case TAG.BIT_BINARY_EXT:
        return this.#bitString();
      case TAG.MAP_EXT:
        return this.#map(depth);
      case TAG.NEW_PID_EXT:
      case TAG.PID_EXT:
        return readPid(reader, tag);
      case TAG.V4_PORT_EXT:
      case TAG.NEW_PORT_EXT:
      case TAG.PORT_EXT:
        return readPort(reader, tag);
      case TAG.NEWER_REFERENCE_EXT:
      case TAG.NEW_REFERENCE_EXT:
        return readNewReference(reader, tag);
      case TAG.REFERENCE_EXT:
        return readOldReference(reader);
      case TAG.NEW_FUN_EXT:
        return this.#fun(depth);
      case TAG.EXPORT_EXT:
        return this.#export(depth);
      default:
        throw new DecodeError(`Cannot decode the term: tag ${tag} is unknown`, reader.offset - 1);
    }
  }

  /**
   *     2      | Length
   *     Length | Characters
   */
  #string(): Term {
    const characters = this.#reader.take(
      this.#reader.uint16("Length of STRING_EXT"),
      "Characters of STRING_EXT",
    );
    this.#memory.take(characters.byteLength * SLOT_BYTES);
    return Array.from(characters);
  }

  #binary(length: number): Uint8Array {
    return this.#binaries === undefined
      ? this.#reader.take(length, "Data of BINARY_EXT")
      : this.#binaries.take(this.#reader, length, "Data of BINARY_EXT");
  }

  #shortAtom(): Atom {
    const reader = this.#reader;
    const known = readKnownAtom(reader);
    if (known !== undefined) return known;
    const start = reader.offset;
    const made = this.#atom(TAG.SMALL_ATOM_UTF8_EXT);
    rememberAtom(made, reader.bytes, start + 1, reader.offset);
    return made;
  }

  #atom(tag: number): Atom {
    const name = readAtomText(this.#reader, tag);
    this.#memory.take(OBJECT_BYTES + name.length);
    return new Atom(name);
  }

  /**
   *     1    | n
   *     Sign | d(0) ... d(n-1), little-endian
   */
  #big(size: number): number | bigint {
    const reader = this.#reader;
    if (size > MAX_BIG_BYTES) {
      throw new DecodeError(
        `Cannot decode the integer: ${size} bytes are more than ${MAX_BIG_BYTES}`,
        reader.offset,
      );
    }
    // Digits in decimal take far longer to find than to receive.
    this.#memory.take(size * SLOT_BYTES * Math.max(1, size / LONG_BIG_BYTES));
    const sign = reader.uint8("Sign of the big integer");
    if (size <= EXACT_DIGITS) {
      const magnitude = this.#exactDigits(size);
      return sign === 0 ? magnitude : 0 - magnitude;
    }
    const digits = reader.take(size, "digits of the big integer");
    const hex = Buffer.from(digits).reverse().toString("hex");
    const magnitude = BigInt(`0x${hex}`);
    const value = sign === 0 ? magnitude : -magnitude;
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  #exactDigits(count: number): number {
    let value = 0;
    let weight = 1;
    for (let index = 0; index < count; index++) {
      value += this.#reader.uint8("digits of the big integer") * weight;
      weight *= 256;
    }
    return value;
  }

  #newFloat(): Float {
    const value = this.#reader.float64("NEW_FLOAT_EXT");
    // Erlang has neither; a number that is not finite could not be sent back either.
    if (!Number.isFinite(value)) {
      throw new DecodeError("Cannot decode NEW_FLOAT_EXT: it is not finite", this.#reader.offset - 8);
    }
    return new Float(value);
  }

  /** 31 bytes of text, as `sprintf` with `"%.20e"` wrote it, then zeros. */
  #oldFloat(): Float {
    const start = this.#reader.offset;
    const text = this.#reader.latin1(31, "Float string of FLOAT_EXT").replace(/\0+$/, "");
    const value = Number(text);
    if (text === "" || !Number.isFinite(value)) {
      throw new DecodeError(`Cannot decode FLOAT_EXT: "${text}" is not a number`, start);
    }
    return new Float(value);
  }

  #terms(count: number, depth: number, field: string): Term[] {
    // Each element takes at least one byte, so a lying count fails here and not after an
    // allocation.
    this.#reader.need(count, field);
    const terms = roomFor<Term>(count);
    for (let index = 0; index < count; index++) terms[index] = this.term(depth + 1);
    return terms;
  }

  #tuple(arity: number, depth: number): Tuple {
    return new Tuple(this.#terms(arity, depth, "Elements of the tuple"));
  }

  /**
   *     4      | N        | M
   *     Length | Elements | Tail
   */
  #list(depth: number): Term {
    const elements = this.#terms(this.#reader.uint32("Length of LIST_EXT"), depth, "Elements of LIST_EXT");
    const tail = this.term(depth + 1);
    if (!Array.isArray(tail)) return elements.length === 0 ? tail : new ImproperList(elements, tail);
    if (tail.length === 0) return elements;
    this.#memory.take((elements.length + tail.length) * SLOT_BYTES);
    return [...elements, ...(tail as Term[])];
  }

  /**
   *     4   | 1    | Len
   *     Len | Bits | Data
   */
  #bitString(): Uint8Array | BitString {
    const length = this.#reader.uint32("Len of BIT_BINARY_EXT");
    const bits = this.#reader.uint8("Bits of BIT_BINARY_EXT");
    const bytes = this.#reader.take(length, "Data of BIT_BINARY_EXT");
    if (bits > 8 || (length === 0) !== (bits === 0)) {
      throw new DecodeError(
        `Cannot decode BIT_BINARY_EXT: Bits is ${bits}`,
        this.#reader.offset - length - 1,
      );
    }
    if (bits === 8 || length === 0) return bytes;
    const last = bytes[length - 1] ?? 0;
    const used = last & (0xff << (8 - bits));
    if (used === last) return new BitString(bytes, bits);
    // Bits that do not count must not make a difference between two terms.
    this.#memory.take(length);
    const copy = Uint8Array.from(bytes);
    copy[length - 1] = used;
    return new BitString(copy, bits);
  }

  #map(depth: number): MapTerm {
    const arity = this.#reader.uint32("Arity of MAP_EXT");
    this.#reader.need(arity * 2, "Pairs of MAP_EXT");
    const entries = roomFor<[Term, Term]>(arity);
    for (let index = 0; index < arity; index++) {
      this.#memory.take(OBJECT_BYTES);
      const key = this.term(depth + 1);
      entries[index] = [key, this.term(depth + 1)];
    }
    return new MapTerm(entries);
  }

  /**
   *     4    | 1     | 16   | 4     | 4       | N      | N        | N       | N   | N
   *     Size | Arity | Uniq | Index | NumFree | Module | OldIndex | OldUniq | Pid | Free vars ...
   */
  #fun(depth: number): Fun {
    const reader = this.#reader;
    const start = reader.offset;
    reader.uint32("Size of NEW_FUN_EXT");
    const arity = reader.uint8("Arity of NEW_FUN_EXT");
    const uniq = reader.take(16, "Uniq of NEW_FUN_EXT");
    const index = reader.uint32("Index of NEW_FUN_EXT");
    const free = reader.uint32("NumFree of NEW_FUN_EXT");
    const module = readAtomName(this.#reader);
    const oldIndex = this.term(depth + 1);
    const oldUniq = this.term(depth + 1);
    const pid = this.term(depth + 1);
    if (typeof oldIndex !== "number" || typeof oldUniq !== "number" || !(pid instanceof Pid)) {
      throw new DecodeError("Cannot decode NEW_FUN_EXT: OldIndex, OldUniq or Pid is of another type", start);
    }
    const freeVariables = this.#terms(free, depth, "Free vars of NEW_FUN_EXT");
    return new Fun({ module, arity, index, uniq, oldIndex, oldUniq, pid, freeVariables });
  }

  #export(depth: number): Export {
    const start = this.#reader.offset;
    const module = readAtomName(this.#reader);
    const functionName = readAtomName(this.#reader);
    const arity = this.term(depth + 1);
    if (typeof arity !== "number" || arity < 0 || arity > 255) {
      throw new DecodeError("Cannot decode EXPORT_EXT: Arity is not 0 to 255", start);
    }
    return new Export(module, functionName, arity);
  }
}
