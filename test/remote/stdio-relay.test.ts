import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import { RuntimeMissing } from "../../src/remote/runtime-missing.ts";
import { MAX_STREAMS, WINDOW_BYTES } from "../../src/remote/stdio-frame.ts";
import { StdioRelay } from "../../src/remote/stdio-relay.ts";
import { localCommands, type LocalCommands } from "./local-commands.ts";

const never = (): AbortSignal => new AbortController().signal;
/** More than the windows and all buffers of the system together. */
const MUCH = 32 * 1024 * 1024;

let commands: LocalCommands;
let relay: StdioRelay;
const servers: Server[] = [];
const sockets: Socket[] = [];

async function start(
  erl: Parameters<typeof StdioRelay.start>[1]["erl"] = { type: "search" },
): Promise<StdioRelay> {
  return StdioRelay.start(commands, { host: "web1", erl, killMs: 5000, signal: never() });
}

beforeAll(async () => {
  commands = localCommands();
  relay = await start();
});

afterEach(() => {
  sockets.splice(0).forEach((socket) => socket.destroy());
  servers.splice(0).forEach((server) => server.close());
});

afterAll(async () => {
  await relay[Symbol.asyncDispose]();
});

/** A server on the host; gives its port. */
async function serve(onSocket: (socket: Socket) => void, address = "127.0.0.1"): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    onSocket(socket);
  }).listen(0, address);
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Connects on the host. */
function reach(port: number): Socket {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  sockets.push(socket);
  return socket;
}

/** All that arrives, until there are so many bytes of it. */
async function received(stream: ByteStream, bytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let count = 0;
  return new Promise((resolve, reject) => {
    stream.listen({
      onBytes: (chunk) => {
        chunks.push(chunk);
        count += chunk.byteLength;
        if (count >= bytes) resolve(Buffer.concat(chunks));
      },
      onEnd: (error) => reject(error ?? new Error(`ended after ${count} bytes`)),
    });
  });
}

function sum(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("forwardStream() carries any bytes, both ways at once", async () => {
  const port = await serve((socket) => socket.pipe(socket));
  const sent = randomBytes(MUCH);
  const stream = await relay.forwardStream(port, { signal: never() });
  const echoed = received(stream, MUCH);
  for (let from = 0; from < MUCH; from += 1_000_003) stream.write(sent.subarray(from, from + 1_000_003));
  expect(sum(await echoed)).toBe(sum(sent));
  expect(stream.queuedBytes).toBe(0);
  stream.close();
});

test("reverseTunnel() hands on what connects to its port on the host, until it is closed", async () => {
  const tunnels = await Promise.all(
    ["a", "b"].map((mark) =>
      relay.reverseTunnel(
        (stream) =>
          stream.listen({
            onBytes: (chunk) => stream.write(Buffer.concat([Buffer.from(mark), chunk])),
            onEnd: () => {},
          }),
        { signal: never() },
      ),
    ),
  );
  for (const [index, { remotePort }] of tunnels.entries()) {
    const socket = reach(remotePort);
    socket.write("ping");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toBe(`${"ab"[index]}ping`);
  }
  await Promise.all(tunnels.map((tunnel) => tunnel[Symbol.asyncDispose]()));
  // What is asked afterwards is answered afterwards.
  const last = await relay.reverseTunnel(() => {}, { signal: never() });
  for (const { remotePort } of tunnels) {
    await expect(relay.forwardStream(remotePort, { signal: never() })).rejects.toMatchObject({
      code: "SSH_CONNECT_FAILED",
      message: `Cannot reach port ${remotePort} on web1: econnrefused`,
    });
  }
  await last[Symbol.asyncDispose]();
});

test("reverseTunnel() and forwardStream() know no address but 127.0.0.1", async () => {
  const tunnel = await relay.reverseTunnel((stream) => stream.close(), { signal: never() });
  const elsewhere = connect(tunnel.remotePort, "127.0.0.2");
  const [error] = (await once(elsewhere, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNREFUSED");
  const port = await serve(() => {}, "127.0.0.2");
  await expect(relay.forwardStream(port, { signal: never() })).rejects.toMatchObject({
    code: "SSH_CONNECT_FAILED",
  });
  await tunnel[Symbol.asyncDispose]();
});

test("the end of a stream is told on the other side, after all that was written", async () => {
  const got: Buffer[] = [];
  let ended: () => void = () => {};
  const over = new Promise<void>((resolve) => (ended = resolve));
  const port = await serve((socket) => {
    socket.on("data", (chunk) => got.push(chunk)).on("end", () => ended());
  });
  const stream = await relay.forwardStream(port, { signal: never() });
  const sent = randomBytes(3 * WINDOW_BYTES);
  stream.write(sent);
  stream.close();
  await over;
  expect(sum(Buffer.concat(got))).toBe(sum(sent));

  const other = await relay.forwardStream(await serve((socket) => socket.end("last words")), {
    signal: never(),
  });
  const told = new Promise<string>((resolve) => {
    let text = "";
    other.listen({
      onBytes: (chunk) => (text += Buffer.from(chunk).toString()),
      onEnd: (error) => resolve(`${text}; ${error?.message ?? "no error"}`),
    });
  });
  expect(await told).toBe("last words; no error");
});

test("streams that nobody reads hold up no other, and keep no more than a window, on either side", async () => {
  let taken: Socket | undefined;
  const deaf = await serve((socket) => (taken = socket.pause()));
  let sent = 0;
  const flooding = await serve((socket) => {
    const chunk = randomBytes(64 * 1024);
    const flood = (): void => {
      while (sent < MUCH && socket.write(chunk)) sent += chunk.byteLength;
      if (sent < MUCH) socket.once("drain", flood);
    };
    flood();
  });
  const echo = await serve((socket) => socket.pipe(socket));

  const toDeaf = await relay.forwardStream(deaf, { signal: never() });
  toDeaf.write(randomBytes(MUCH));
  const unread = await relay.forwardStream(flooding, { signal: never() });
  for (let round = 0; round < 20; round++) {
    const stream = await relay.forwardStream(echo, { signal: never() });
    const message = randomBytes(200_000);
    const answer = received(stream, message.byteLength);
    stream.write(message);
    expect(sum(await answer)).toBe(sum(message));
    stream.close();
  }
  // What is neither here nor in a window lies in the buffers of the system.
  expect(sent).toBeLessThan(MUCH);
  expect(toDeaf.queuedBytes).toBeGreaterThan(MUCH / 2);

  // Both go on when somebody reads.
  const all = received(unread, MUCH);
  let heard = 0;
  const heardAll = new Promise<void>((resolve) =>
    taken?.on("data", ({ byteLength }: Buffer) => {
      heard += byteLength;
      if (heard === MUCH) resolve();
    }),
  );
  taken?.resume();
  await Promise.all([all, heardAll]);
  unread.close();
  toDeaf.close();
});

test("forwardStream() can be given up, and what comes of it later is closed", async () => {
  let closed: () => void = () => {};
  const over = new Promise<void>((resolve) => (closed = resolve));
  const port = await serve((socket) => socket.resume().on("end", () => closed()));
  const controller = new AbortController();
  const waiting = relay.forwardStream(port, { signal: controller.signal });
  controller.abort(new Error("given up"));
  await expect(waiting).rejects.toThrow("given up");
  await over;
});

test("a tunnel takes as many streams as there may be, and the next ones when some have ended", async () => {
  const streams: ByteStream[] = [];
  let ends = 0;
  const tunnel = await relay.reverseTunnel(
    (stream) => {
      streams.push(stream);
      stream.listen({ onBytes: () => {}, onEnd: () => void ends++ });
    },
    { signal: never() },
  );
  const connected: Socket[] = [];
  let refused = 0;
  // No more at once than may wait to be accepted.
  for (const count of [32, 32, 32, MAX_STREAMS - 96, 20]) {
    for (let index = 0; index < count; index++) {
      connected.push(
        reach(tunnel.remotePort)
          .resume()
          .once("close", () => void refused++),
      );
    }
    await expect.poll(() => streams.length + refused, { timeout: 100_000 }).toBe(connected.length);
  }
  expect([streams.length, refused]).toEqual([MAX_STREAMS, 20]);
  connected.forEach((socket) => socket.destroy());
  await expect.poll(() => ends, { timeout: 60_000 }).toBe(MAX_STREAMS);
  reach(tunnel.remotePort);
  await expect.poll(() => streams.length, { timeout: 60_000 }).toBe(MAX_STREAMS + 1);
  await tunnel[Symbol.asyncDispose]();
});

test("a relay that is killed ends all streams and says so, and takes nothing more", async () => {
  const killed = await start();
  const port = await serve(() => {});
  const stream = await killed.forwardStream(port, { signal: never() });
  const end = new Promise((resolve) => stream.listen({ onBytes: () => {}, onEnd: resolve }));
  const { pid = 0 } = commands.children.at(-1) ?? {};
  process.kill(-pid, "SIGKILL");
  const reason = {
    code: "NODE_LOST",
    message: "Cannot use the relay on web1 any longer: it ended (signal KILL)",
  };
  expect(await killed.ended).toMatchObject(reason);
  expect(await end).toMatchObject(reason);
  await expect(killed.forwardStream(port, { signal: never() })).rejects.toMatchObject(reason);
  await killed[Symbol.asyncDispose]();
});

test("a relay ends when it is disposed of, with a stream that is stuck", async () => {
  const stuck = await start();
  const stream = await stuck.forwardStream(await serve((socket) => socket.pause()), { signal: never() });
  stream.write(randomBytes(MUCH));
  await stuck[Symbol.asyncDispose]();
  expect(commands.children.at(-1)?.exitCode).toBe(0);
});

test.each([
  ["/bin/false", "BOOT_FAILED", /Cannot start the relay on web1: it ended \(exit status 1\)/],
  ["/nowhere/erl", "ERL_NOT_FOUND", /looked in \/nowhere\/erl/],
])("start() with %s fails with %s", async (path, code, message) => {
  await expect(start({ type: "path", path })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test("start() says what a host is that has not got the bundle yet", async () => {
  const failure = await start({ type: "bundle", sha256: "0".repeat(64) }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RuntimeMissing);
  expect((failure as RuntimeMissing).system.system).toBe("Linux");
});
