import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a server that takes a while in each direction. */
export interface SlowProxy extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

/**
 * Passes connections on to a server, with every byte late by `delayMs`, and no order lost.
 *
 * @param batch Whether what arrives during a delay goes out in one piece with what started it
 */
export async function startSlowProxy(
  target: { address: string; port: number },
  delayMs: number,
  { batch = false }: { batch?: boolean } = {},
): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on("error", () => {});
    let waiting: Buffer[] = [];
    const send = (): void => {
      to.write(Buffer.concat(waiting));
      waiting = [];
    };
    from.on("data", (chunk) => {
      if (!batch) return void setTimeout(() => to.write(chunk), delayMs);
      if (waiting.push(chunk) === 1) setTimeout(send, delayMs);
    });
    from.on("end", () => setTimeout(() => to.end(), delayMs));
    from.on("close", () => sockets.delete(from));
  };
  const server = createServer((client) => {
    const upstream = connect(target.port, target.address);
    pass(client, upstream);
    pass(upstream, client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    address: "127.0.0.1",
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await once(server, "close");
    },
  };
}
