import { gunzipSync } from "node:zlib";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { uint32At } from "../bytes/uint32-at.ts";

/** The chunks of a `.beam` file by their four-letter names, in the order of the file. */
export type Chunks = ReadonlyMap<string, Uint8Array>;

/** Size of a whole `.beam` file, inflated; the largest that OTP ships are below 2 MiB. */
export const MAX_BEAM_BYTES: number = 128 * 1024 * 1024;

/**
 * Reads the chunks of a `.beam` file, which may be compressed with gzip (`erlc +compressed`).
 * The chunks share memory with `bytes`.
 *
 *     4    | 4    | 4    | chunks
 *     FOR1 | Size | BEAM | 4 Name | 4 Size | Size bytes | 0 to 3 bytes of padding
 *
 * @see https://www.erlang.org/doc/apps/stdlib/beam_lib.html
 * @throws {DecodeError}
 */
export function readChunks(bytes: Uint8Array): Chunks {
  const chunks = new Map<string, Uint8Array>();
  const file = inflated(bytes);
  // The emulator keeps the last of two chunks of a name.
  eachChunk(file, (code, start, end) => void chunks.set(nameOf(code), file.subarray(start, end)));
  return chunks;
}

/** The name of a chunk as the number that stands in the file. */
export function codeOf(name: string): number {
  return Buffer.from(name, "latin1").readUInt32BE(0);
}

function nameOf(code: number): string {
  return String.fromCharCode(code >>> 24, (code >>> 16) & 0xff, (code >>> 8) & 0xff, code & 0xff);
}

const FOR1 = codeOf("FOR1");
const BEAM = codeOf("BEAM");
const HEADER_BYTES = 12;

/**
 * Tells of each chunk of a `.beam` file, which is not compressed, its name and where it stands.
 *
 * @throws {DecodeError}
 */
export function eachChunk(
  bytes: Uint8Array,
  onChunk: (code: number, start: number, end: number) => void,
): void {
  if (bytes.length < HEADER_BYTES || uint32At(bytes, 0) !== FOR1 || uint32At(bytes, 8) !== BEAM) {
    throw new DecodeError('Cannot read the .beam file: it does not begin with "FOR1" and "BEAM"', 0);
  }
  const fileEnd = 8 + uint32At(bytes, 4);
  for (let at = HEADER_BYTES; at < fileEnd;) {
    const start = at + 8;
    if (start > bytes.length) throw new DecodeError("Cannot read the .beam file: its end is missing", at);
    const code = uint32At(bytes, at);
    const end = start + uint32At(bytes, at + 4);
    if (end > Math.min(fileEnd, bytes.length)) {
      throw new DecodeError(`Cannot read chunk ${nameOf(code)}: it is larger than the file`, at);
    }
    onChunk(code, start, end);
    at = end + padding(end - start);
  }
}

/** Writes a `.beam` file that holds `chunks`. */
export function writeChunks(chunks: Chunks): Uint8Array {
  const total = Array.from(chunks.values()).reduce(
    (sum, { length }) => sum + 8 + length + padding(length),
    4,
  );
  const writer = new ByteWriter(total + 8).latin1("FOR1").uint32(total).latin1("BEAM");
  for (const [name, content] of chunks) {
    writer
      .latin1(name)
      .uint32(content.length)
      .bytes(content)
      .bytes(new Uint8Array(padding(content.length)));
  }
  return writer.finish();
}

/** How many bytes follow `length` bytes up to the next multiple of four. */
function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}

/**
 * A `.beam` file as it is without compression.
 *
 * @throws {DecodeError}
 */
export function inflated<Bytes extends Uint8Array>(bytes: Bytes): Bytes | Buffer {
  return isGzip(bytes) ? gunzip(bytes) : bytes;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function gunzip(bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BEAM_BYTES });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DecodeError(`Cannot inflate the .beam file: ${reason}`, 0);
  }
}
