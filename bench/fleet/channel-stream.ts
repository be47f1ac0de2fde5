import type { ServerChannel } from "ssh2";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";

/** The server's end of a channel. */
export function channelStream(channel: ServerChannel): ByteStream {
  channel.on("error", () => {}); // the controller has gone; `close` follows
  return {
    listen({ onBytes, onEnd }) {
      channel.on("data", onBytes);
      channel.once("close", () => onEnd());
      channel.once("end", () => channel.close());
    },
    write: (chunk) => void channel.write(chunk),
    get queuedBytes() {
      return channel.writableLength;
    },
    close: () => channel.close(),
  };
}
