import { gunzipSync } from "node:zlib";
import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { DecodeError } from "../bytes/decode-error.ts";

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
 * @param names The chunks to read; the others are passed over. Default: all.
 * @see https://www.erlang.org/doc/apps/stdlib/beam_lib.html
 * @throws {DecodeError}
 */
export function readChunks(bytes: Uint8Array, names?: ReadonlySet<string>): Chunks {
  const reader = new ByteReader(isGzip(bytes) ? gunzip(bytes) : bytes);
  expectName(reader, "FOR1");
  const size = reader.uint32("size of the file");
  reader.need(size, "chunks of the file");
  const end = reader.offset + size;
  expectName(reader, "BEAM");
  const chunks = new Map<string, Uint8Array>();
  while (reader.offset < end) {
    const name = chunkName(reader);
    const length = reader.uint32("size of a chunk");
    if (length > end - reader.offset) {
      throw new DecodeError(`Cannot read chunk ${name}: it is larger than the file`, reader.offset);
    }
    // The emulator keeps the last of two chunks of a name.
    if (names?.has(name) === false) reader.offset += length;
    else chunks.set(name, reader.take(length, "chunk"));
    reader.offset = Math.min(end, reader.offset + padding(length));
  }
  return chunks;
}

/** Without a decoder, as a file has a dozen of them. */
function chunkName(reader: ByteReader): string {
  const code = reader.uint32("name of a chunk");
  return String.fromCharCode(code >>> 24, (code >>> 16) & 0xff, (code >>> 8) & 0xff, code & 0xff);
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

function expectName(reader: ByteReader, name: string): void {
  const at = reader.offset;
  const found = reader.latin1(4, `"${name}"`);
  if (found !== name) throw new DecodeError(`Cannot read the .beam file: "${name}" is missing`, at);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function gunzip(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BEAM_BYTES });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DecodeError(`Cannot inflate the .beam file: ${reason}`, 0);
  }
}
