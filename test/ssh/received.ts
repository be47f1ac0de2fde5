import type { ByteStream } from "../../src/bytes/byte-stream.ts";

/** Everything a stream receives until its end. */
export interface Received {
  readonly bytes: Buffer;
  readonly error: Error | undefined;
}

/** Listens to a stream up to its end. */
export async function receive(stream: ByteStream): Promise<Received> {
  const chunks: Uint8Array[] = [];
  return await new Promise((resolve) => {
    stream.listen({
      onBytes: (chunk) => void chunks.push(chunk),
      onEnd: (error) => resolve({ bytes: Buffer.concat(chunks), error }),
    });
  });
}

/** Listens to a stream until `count` bytes have arrived, and goes on reading. */
export async function receiveCount(stream: ByteStream, count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return await new Promise((resolve, reject) => {
    stream.listen({
      onBytes: (chunk) => {
        chunks.push(chunk);
        size += chunk.byteLength;
        if (size >= count) resolve(Buffer.concat(chunks));
      },
      onEnd: () => reject(new Error(`The stream ended after ${size} of ${count} bytes`)),
    });
  });
}
