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
  /** Passes nothing on of connections to come before they have stood for a while, so that no login is over sooner. */
  hold(ms: number): Held;
  /** Ends connections to come at once, until it is told to let them in again. */
  turnAway(): TurnedAway;
}

/** What is known of connections that are held. */
export interface Held {
  /** The largest number of them at the same time. */
  most(): number;
}

/** What is known of connections that are turned away. */
export interface TurnedAway {
  /** Resolves when there have been so many. */
  reached(count: number): Promise<void>;
  letIn(): void;
}

/** So often something is passed on where there is a limit, but for what is less than this. */
const PIECES_PER_SECOND = 50;
const LEAST_PIECE_BYTES = 1024;
/** More is not taken where there is a limit: whoever sends it has to wait. */
const MOST_WAITING_BYTES = 64 * 1024;

export async function startFaultyProxy(
  target: { readonly address: string; readonly port: number },
  { delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY }: FaultyProxyOptions = {},
): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  const muted = new Set<Socket>();
  const heldNow = new Set<Socket>();
  let holdMs = 0;
  let mostHeld = 0;
  let isTurningAway = false;
  let turnedAway = 0;
  let isSilent = false;
  let stalled: Promise<void> = Promise.resolve();
  const pieceBytes = Math.max(LEAST_PIECE_BYTES, Math.floor(bytesPerSecond / PIECES_PER_SECOND));
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    let waiting = 0;
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
    from.on("data", (chunk) => {
      const isLimited = bytesPerSecond !== Number.POSITIVE_INFINITY;
      waiting += chunk.byteLength;
      if (isLimited && waiting > MOST_WAITING_BYTES) from.pause();
      later(async () => {
        for (let at = 0; at < chunk.byteLength;) {
          const piece = isLimited ? chunk.subarray(at, at + pieceBytes) : chunk;
          to.write(piece);
          at += piece.byteLength;
          if (isLimited) await sleep((piece.byteLength / bytesPerSecond) * 1000);
        }
        waiting -= chunk.byteLength;
        if (isLimited && waiting <= MOST_WAITING_BYTES) from.resume();
      });
    });
    from.on("end", () => later(() => void to.end()));
    from.on("close", () => {
      sockets.delete(from);
      muted.delete(from);
    });
  };
  /** Whether the connection still stands after it was held. */
  const standsAfterHold = async (client: Socket): Promise<boolean> => {
    const forget = (): void => {};
    client.on("error", forget);
    sockets.add(client);
    heldNow.add(client);
    mostHeld = Math.max(mostHeld, heldNow.size);
    await sleep(holdMs);
    heldNow.delete(client);
    client.off("error", forget);
    return !client.destroyed;
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, async (client) => {
    if (isTurningAway) {
      turnedAway++;
      client.destroy();
      return;
    }
    if (holdMs > 0 && !(await standsAfterHold(client))) return;
    const upstream = connect({ port: target.port, host: target.address, allowHalfOpen: true });
    pass(client, upstream);
    pass(upstream, client);
    client.resume();
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
    hold: (ms) => {
      holdMs = ms;
      mostHeld = 0;
      return { most: () => mostHeld };
    },
    turnAway: () => {
      isTurningAway = true;
      turnedAway = 0;
      return {
        reached: async (count) => {
          while (turnedAway < count) await sleep(20);
        },
        letIn: () => {
          isTurningAway = false;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      await once(server, "close");
    },
  };
}
