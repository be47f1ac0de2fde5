import type { Socket } from "node:net";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";

/** A TCP socket as a byte stream, for tests that talk to a real node without SSH between. */
export function socketStream(socket: Socket): ByteStream {
  socket.setNoDelay(true);
  socket.pause();
  return {
    listen({ onBytes, onEnd }) {
      let failure: Error | undefined;
      socket.on("data", onBytes);
      socket.on("error", (error) => {
        failure = error;
      });
      socket.on("close", () => onEnd(failure));
      socket.resume();
    },
    write: (chunk) => void socket.write(chunk),
    get queuedBytes() {
      return socket.writableLength;
    },
    close: () => void socket.end(),
  };
}
