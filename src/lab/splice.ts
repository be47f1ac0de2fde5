import type { Socket } from "node:net";
import type { ServerChannel } from "ssh2";

/**
 * Joins a forwarded channel and a TCP connection: bytes flow both ways, and each direction ends by itself.
 *
 * The channel's `end()` would close both directions on the server's side, so eof is sent with `eof()`.
 */
export function splice(channel: ServerChannel, socket: Socket): void {
  let directions = 2;
  const directionEnded = (): void => {
    if (--directions === 0) channel.close();
  };
  channel.on("error", () => socket.destroy());
  socket.on("error", () => channel.close());
  channel.on("close", () => socket.destroySoon());

  channel.on("end", directionEnded);
  channel.pipe(socket);

  socket.on("end", () => {
    // Bytes may still wait for the window of the channel, and eof must come after them.
    channel.write("", () => {
      channel.eof();
      directionEnded();
    });
  });
  socket.pipe(channel, { end: false });
}
