import { inflateSync } from "node:zlib";
import type { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";

/**
 * Inflates what comes next, and tells how many bytes belonged to it.
 *
 * @param size what it must come to, in bytes
 * @param start where the term begins, for messages
 * @throws {DecodeError}
 */
export function inflate(
  reader: ByteReader,
  size: number,
  start: number,
): { data: Uint8Array; consumed: number } {
  try {
    // `info` gives the engine as well, which knows how many bytes belonged to the stream.
    const result = inflateSync(reader.bytes.subarray(reader.offset), {
      info: true,
      maxOutputLength: Math.max(size, 1),
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (result.buffer.length !== size) {
      throw new DecodeError(`Cannot inflate the term: ${result.buffer.length} bytes, not ${size}`, start);
    }
    return { data: result.buffer, consumed: result.engine.bytesWritten };
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(`Cannot inflate the term: ${(error as Error).message}`, start);
  }
}
