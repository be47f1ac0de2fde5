import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface FaultyProxyOptions {
  /** How long each piece of data is on its way, in milliseconds. @default 0 */
  readonly delayMs?: number;
  /** How much goes through in a second, in each direction. @default no limit */
  readonly bytesPerSecond?: number;
}

/** A way to a server on which things go wrong. */
export interface FaultyProxy extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** From now on nothing is passed on, in neither direction, and nothing is closed. */
  silence(): void;
  /** Nothing is passed on of the connections that there are, and nothing is closed; those to come are not touched. */
  mute(): void;
  /** Takes no connections any more, and ends those that there are. */
  leave(): void;
  /** Passes nothing on for a while, and everything after it. */
  stall(ms: number): void;
  /** Ends all connections, in both directions. */
  cut(): void;
}

/** So much is passed on at once where there is a limit. */
const PIECE_BYTES = 1024;

export async function startFaultyProxy(
  target: { readonly address: string; readonly port: number },
  { delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY }: FaultyProxyOptions = {},
): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  const muted = new Set<Socket>();
  let isSilent = false;
  let stalled: Promise<void> = Promise.resolve();
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    /** What came before is passed on before. */
    let last: Promise<void> = Promise.resolve();
    const later = (work: () => void | Promise<void>): void => {
      const due = delayMs === 0 ? undefined : sleep(delayMs);
      last = last.then(async () => {
        await due;
        await stalled;
        if (!isSilent && !muted.has(from) && !to.destroyed) await work();
      });
    };
    // A process that was killed while something lay unread resets its connection: no "end" comes then.
    from.on("error", () => later(() => void to.resetAndDestroy()));
    from.on("data", (chunk) =>
      later(async () => {
        for (let at = 0; at < chunk.byteLength;) {
          const piece =
            bytesPerSecond === Number.POSITIVE_INFINITY ? chunk : chunk.subarray(at, at + PIECE_BYTES);
          to.write(piece);
          at += piece.byteLength;
          if (piece !== chunk) await sleep((piece.byteLength / bytesPerSecond) * 1000);
        }
      }),
    );
    from.on("end", () => later(() => void to.end()));
    from.on("close", () => {
      sockets.delete(from);
      muted.delete(from);
    });
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: target.port, host: target.address, allowHalfOpen: true });
    pass(client, upstream);
    pass(upstream, client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    address: "127.0.0.1",
    port,
    silence: () => {
      isSilent = true;
    },
    mute: () => sockets.forEach((socket) => muted.add(socket)),
    leave: () => {
      server.close();
      cut();
    },
    stall: (ms) => {
      stalled = sleep(ms);
    },
    cut,
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      await once(server, "close");
    },
  };
}
