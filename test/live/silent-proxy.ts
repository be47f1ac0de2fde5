import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut without anybody being told. */
export interface SilentProxy extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** From now on nothing is passed on, in neither direction, and nothing is closed. */
  cut(): void;
}

export async function startSilentProxy(target: { address: string; port: number }): Promise<SilentProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on("error", () => {});
    from.on("data", (chunk) => {
      if (!isCut) to.write(chunk);
    });
    from.on("end", () => {
      if (!isCut) to.end();
    });
    from.on("close", () => sockets.delete(from));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: target.port, host: target.address, allowHalfOpen: true });
    pass(client, upstream);
    pass(upstream, client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    address: "127.0.0.1",
    port,
    cut: () => {
      isCut = true;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await once(server, "close");
    },
  };
}
