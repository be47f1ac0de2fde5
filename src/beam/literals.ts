import { inflateSync } from "node:zlib";
import { DecodeError } from "../bytes/decode-error.ts";
import { uint32At } from "../bytes/uint32-at.ts";
import { decodeTerm } from "../etf/decode.ts";
import { exportsOfTerm } from "../etf/exports-of-term.ts";
import { TAG } from "../etf/tags.ts";
import type { Export, Term } from "../etf/term.ts";
import { AtomScanner } from "./atom-scanner.ts";
import { chunkLimits } from "./chunk-limits.ts";
import { MAX_BEAM_BYTES } from "./iff.ts";
import { inflateSmall } from "./inflate-small.ts";
import type { NameSearch } from "./name-search.ts";

const SIZE_BYTES = 4;
/** Tables up to this size are mostly a single block with fixed codes. */
const SMALL_BYTES = 1024;
/** The least that zlib takes. */
const MIN_CHUNK_SIZE = 64;

/**
 * Whether chunk `LitT` is written as OTP 28 and newer do, which older releases cannot read.
 *
 * @throws {DecodeError}
 */
export function hasPlainLiterals(chunk: Uint8Array): boolean {
  if (chunk.length < SIZE_BYTES) throw new DecodeError("Cannot read the literals: they are cut off", 0);
  return uint32At(chunk, 0) === 0;
}

/**
 * Decodes chunk `LitT`, the constant terms of the code.
 *
 * @throws {DecodeError}
 */
export function decodeLiterals(chunk: Uint8Array): Term[] {
  const table = literalTable(chunk, 0, chunk.length);
  const limits = chunkLimits();
  const literals: Term[] = [];
  eachLiteral(table, (start, end) => literals.push(decodeTerm(table.subarray(start, end), limits)));
  return literals;
}

/**
 * Finds names of modules in the constant terms of chunk `LitT`, which stands between two offsets.
 *
 * @throws {DecodeError}
 */
export function findInLiterals(search: NameSearch, start: number, end: number): void {
  const table = literalTable(search.bytes, start, end);
  const scanner = new AtomScanner(search.inside(table));
  eachLiteral(table, (from, to) => scanner.scan(from, to));
}

/**
 * Finds the functions that constant terms hold, which is how `fun lists:map/2` and
 * `&Enum.map/2` stand in a file: by the number of the literal, counted from 0.
 *
 * @throws {DecodeError}
 */
export function functionsOfLiterals(chunk: Uint8Array): ReadonlyMap<number, readonly Export[]> {
  const table = literalTable(chunk, 0, chunk.length);
  const found = new Map<number, readonly Export[]>();
  // Few modules have any, and most of those that have not do not even hold the tag.
  if (!table.includes(TAG.EXPORT_EXT)) return found;
  const limits = chunkLimits();
  let number = 0;
  eachLiteral(table, (start, end) => {
    const bytes = table.subarray(start, end);
    if (bytes.includes(TAG.EXPORT_EXT)) {
      const functions = exportsOfTerm(decodeTerm(bytes, limits));
      if (functions.length > 0) found.set(number, functions);
    }
    number++;
  });
  return found;
}

/**
 * The table of constant terms:
 *
 *     4                | rest
 *     UncompressedSize | zlib-compressed table
 *
 * Since OTP 28 `UncompressedSize` is 0 and the table is not compressed.
 */
function literalTable(bytes: Uint8Array, chunkStart: number, end: number): Buffer {
  const start = chunkStart + SIZE_BYTES;
  if (end < start) throw new DecodeError("Cannot read the literals: they are cut off", chunkStart);
  const size = uint32At(bytes, chunkStart);
  if (size === 0) return bufferOf(bytes.subarray(start, end));
  const small = size <= SMALL_BYTES ? inflateSmall({ bytes, start, end, size }) : undefined;
  return small ?? inflate(bytes.subarray(start, end), size);
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/**
 * Reads each literal, which stands between two offsets:
 *
 *     4     | Count times
 *     Count | 4 Size | Size bytes, a term
 */
function eachLiteral(table: Uint8Array, read: (start: number, end: number) => void): void {
  const count = table.length < SIZE_BYTES ? NaN : uint32At(table, 0);
  let at = SIZE_BYTES;
  for (let index = 0; index !== count; index++) {
    const start = at + SIZE_BYTES;
    const end = start + uint32At(table, at);
    if (!(end <= table.length)) throw new DecodeError("Cannot read the literals: they are cut off", at);
    read(start, end);
    at = end;
  }
}

function inflate(bytes: Uint8Array, size: number): Buffer {
  if (size > MAX_BEAM_BYTES) throw new DecodeError("Cannot inflate the literals: they are too large", 0);
  try {
    // A buffer of the right size: one of the default size for each module keeps the collector busy.
    const chunkSize = Math.max(MIN_CHUNK_SIZE, size + 1);
    return inflateSync(bytes, { maxOutputLength: size, chunkSize });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DecodeError(`Cannot inflate the literals: ${reason}`, 4);
  }
}
