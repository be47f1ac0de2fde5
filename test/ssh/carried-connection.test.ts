import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PacedStream } from "../../src/bytes/paced-stream.ts";
import { CarriedConnection } from "../../src/ssh/carried-connection.ts";
import { encodeCarriedFrame } from "../../src/ssh/carried-frame.ts";
import { CarriedServer, type CarriedServerOptions } from "../../src/ssh/carried-server.ts";
import { Carrier } from "../../src/ssh/carrier.ts";
import { DuplexStream } from "../../src/ssh/duplex-stream.ts";
import type { SshConnection } from "../../src/ssh/ssh-connection.ts";
import { connectSsh2 } from "../../src/ssh/ssh2-connection.ts";
import { freePort, startSshd, type Sshd } from "../live/sshd.ts";
import { receive, receiveCount } from "./received.ts";
import { never, targetOf } from "./target-of.ts";

const HUNDRED_MB = 100 * 1024 * 1024;
const signal = never();
let sshd: Sshd;
/** Through which the tests go that leave it open. */
let carried: Carried;

beforeAll(async () => {
  sshd = await startSshd();
  carried = await carry();
});

afterAll(async () => {
  await carried.connection[Symbol.asyncDispose]();
  await sshd.stop();
});

interface Carried {
  readonly real: SshConnection;
  readonly server: CarriedServer;
  readonly connection: CarriedConnection;
  /** The end of the one that uses the connection. */
  readonly socket: Socket;
}

/** A connection, and one that goes through a Unix socket to it. */
async function carry(options: CarriedServerOptions = {}): Promise<Carried> {
  const real = await connectSsh2(targetOf(sshd), { signal });
  return { real, ...(await use(real, options)) };
}

let sockets = 0;

async function use(
  real: SshConnection,
  options: CarriedServerOptions & { firstId?: number } = {},
): Promise<Omit<Carried, "real">> {
  const path = join(sshd.directory, `carrier-${++sockets}`);
  const listener = createServer({ allowHalfOpen: true }).listen(path);
  await once(listener, "listening");
  const socket = connect({ path, allowHalfOpen: true });
  const [other] = (await once(listener, "connection")) as [Socket];
  listener.close();
  const served = new Promise<CarriedServer>((resolve) => {
    void new Carrier(new DuplexStream(other, other), (lane) =>
      resolve(new CarriedServer(lane, real, options)),
    );
  });
  const { firstId } = options;
  const connection = await CarriedConnection.open(new Carrier(new DuplexStream(socket, socket)).open(), {
    signal,
    ...(firstId === undefined ? {} : { firstId }),
  });
  const server = await served;
  return { server, connection, socket };
}

async function failureOf(wait: Promise<unknown>): Promise<unknown> {
  return wait.then(
    () => {
      throw new Error("It did not fail");
    },
    (error: unknown) => error,
  );
}

async function echoServer(): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

test("open() listens at once: the login may come in the same piece as what it is opened for", async () => {
  const frame = (message: unknown): Uint8Array =>
    Buffer.concat(encodeCarriedFrame(1, { type: "message", id: 0, message }));
  const pieces: ((chunk: Uint8Array) => void)[] = [];
  const carrier = new Carrier({
    listen: ({ onBytes }) => void pieces.push(onBytes),
    write: () => {},
    queuedBytes: 0,
    close: () => {},
  });
  const lane = carrier.open();
  const opened = new Promise<CarriedConnection>((resolve) => {
    lane.listen({ onMessage: () => resolve(CarriedConnection.open(lane, { signal })), onEnd: () => {} });
  });
  const login = { type: "login", login: { user: "me", proof: "password" } };
  pieces[0]?.(Buffer.concat([frame({ type: "taken" }), frame(login)]));
  expect((await opened).login.user).toBe("me");
});

test("the login is told", () => {
  expect(carried.connection.login).toEqual(carried.real.login);
});

test("exec() gives input, output, errors and the exit status of a command", async () => {
  const command = await carried.connection.exec("cat; echo oops >&2; exit 3", { signal });
  const errors: Uint8Array[] = [];
  const output = receive(command.stdio);
  command.stdio.write(Buffer.from("one"));
  command.stdio.write(Buffer.from(" two\n"));
  const [told] = await Promise.all([
    new Promise((resolve) => {
      command.onStderr((chunk) => {
        errors.push(chunk);
        if (Buffer.concat(errors).includes("\n")) resolve(Buffer.concat(errors).toString());
      });
    }),
    // Its input ends, and what it prints until then is not wanted.
    Promise.resolve(command.stdio.close()),
  ]);
  expect(told).toBe("oops\n");
  expect(await command.exited).toEqual({ code: 3 });
  expect((await output).error).toBeUndefined();
});

test("exec() gives all that a command prints, up to the end", async () => {
  const command = await carried.connection.exec("seq 1 200000", { signal });
  const { bytes, error } = await receive(command.stdio);
  expect(error).toBeUndefined();
  expect(bytes.toString().trim().split("\n").length).toBe(200_000);
  expect(await command.exited).toEqual({ code: 0 });
});

test("exec() gives what comes after the end of a command, which others may still print", async () => {
  const { stdio, onStderr, exited } = await carried.connection.exec("(sleep 0.3; echo late >&2) & exit 3", {
    signal,
  });
  const errors: Uint8Array[] = [];
  onStderr((chunk) => void errors.push(chunk));
  const output = receive(stdio);
  expect(await exited).toEqual({ code: 3 });
  await output;
  expect(Buffer.concat(errors).toString()).toBe("late\n");
});

test("a forwarded stream carries 100 MB each way, unchanged", async () => {
  const echo = await echoServer();
  const stream = await carried.connection.forwardStream(echo.port, { signal });
  const bytes = randomBytes(HUNDRED_MB);
  const back = receiveCount(stream, HUNDRED_MB);
  for (let at = 0; at < HUNDRED_MB; at += 1024 * 1024) stream.write(bytes.subarray(at, at + 1024 * 1024));
  const hash = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
  expect(hash(await back)).toBe(hash(bytes));
  stream.close();
  echo.close();
});

test("a stream that is paused holds up no other one, and gives everything later", async () => {
  const size = 20 * 1024 * 1024;
  const command = await carried.connection.exec(`head -c ${size} /dev/zero`, { signal });
  let arrived = 0;
  command.stdio.pause();
  const ended = new Promise<void>((resolve) => {
    command.stdio.listen({ onBytes: (chunk) => void (arrived += chunk.byteLength), onEnd: () => resolve() });
  });
  const other = await carried.connection.exec("head -c 8000000 /dev/zero", { signal });
  expect((await receive(other.stdio)).bytes.byteLength).toBe(8_000_000);
  expect(arrived).toBe(0);
  command.stdio.resume();
  await ended;
  expect(arrived).toBe(size);
});

test("a reverse tunnel gives what connects to it, until it is closed", async () => {
  const { connection } = carried;
  const accepted: PacedStream[] = [];
  const tunnel = await connection.reverseTunnel(
    (stream) => {
      accepted.push(stream);
      stream.listen({ onBytes: (chunk) => stream.write(chunk), onEnd: () => stream.close() });
    },
    { signal },
  );
  const streams = await Promise.all(
    Array.from({ length: 20 }, () => connection.forwardStream(tunnel.remotePort, { signal: never() })),
  );
  const answers = streams.map(async (stream, index) => {
    const answer = receiveCount(stream, 7);
    stream.write(Buffer.from(`hello${String(index).padStart(2, "0")}`));
    return (await answer).toString();
  });
  expect(await Promise.all(answers)).toEqual(
    Array.from({ length: 20 }, (_, index) => `hello${String(index).padStart(2, "0")}`),
  );
  expect(accepted.length).toBe(20);
  await tunnel[Symbol.asyncDispose]();
  const failure = await failureOf(connection.forwardStream(tunnel.remotePort, { signal }));
  expect(failure).toMatchObject({ name: "SshError", code: "SSH_CONNECT_FAILED" });
  streams.forEach((stream) => stream.close());
});

test("errors are those of the connection itself: message, code, hint and whether to try again", async () => {
  const port = await freePort("127.0.0.1");
  const destination = { address: "127.0.0.1", port };
  const missing = [{ from: "/nowhere/file", to: "/tmp/nothing", bytes: 1, mode: 0o600 }];
  const ask = async (on: SshConnection): Promise<unknown[]> =>
    Promise.all([
      failureOf(on.forwardStream(port, { signal })),
      failureOf(on.forwardTo(destination, { signal })),
      failureOf(on.upload(missing, { signal })),
    ]);
  const [through, direct] = await Promise.all([ask(carried.connection), ask(carried.real)]);
  const told = (error: unknown): unknown => {
    const { name, message, code, hint, retry } = error as Record<string, unknown>;
    return { name, message, code, hint, retry };
  };
  expect(through.map(told)).toEqual(direct.map(told));
  expect(through[1]).toMatchObject({ retry: "soon" });
});

test("upload() writes files", async () => {
  const from = join(sshd.directory, "from");
  const to = join(sshd.directory, "to");
  const bytes = randomBytes(300_000);
  await writeFile(from, bytes);
  await carried.connection.upload([{ from, to, bytes: bytes.length, mode: 0o600 }], { signal });
  expect(bytes.equals(await readFile(to))).toBe(true);
});

test("upload() writes more files than one message can name", async () => {
  const from = join(sshd.directory, "one");
  const folder = await mkdtemp(join(sshd.directory, "many-"));
  await writeFile(from, "1");
  // Longer names of the same folder: 18 MB of them.
  const long = `${folder}${"/.".repeat(1900)}`;
  const names = Array.from({ length: 5000 }, (_, index) => `file${index}`);
  const files = names.map((name) => ({ from, to: `${long}/${name}`, bytes: 1, mode: 0o600 }));
  await carried.connection.upload(files, { signal });
  expect((await readdir(folder)).toSorted()).toEqual(names.toSorted());
});

test("a request that is given up rejects with the reason, and the connection can be used on", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const given = carried.connection.exec("echo never; sleep 100", { signal: controller.signal });
  controller.abort(reason);
  expect(await failureOf(given)).toBe(reason);
  expect(await failureOf(carried.connection.forwardStream(1, { signal: controller.signal }))).toBe(reason);
  const next = await carried.connection.exec("echo on", { signal });
  expect((await receive(next.stdio)).bytes.toString()).toBe("on\n");
});

test("closing it closes the connection, and nothing can be asked afterwards", async () => {
  const { real, server, connection } = await carry();
  await connection[Symbol.asyncDispose]();
  expect(await Promise.all([real.closed, connection.closed])).toEqual([undefined, undefined]);
  expect((await server.ended).type).toBe("closed");
  expect(await failureOf(connection.exec("true", { signal }))).toMatchObject({ code: "SSH_CONNECTION_LOST" });
});

test("the connection is closed when the one that uses it is gone", async () => {
  const { real, server, connection, socket } = await carry();
  const command = await connection.exec("cat", { signal });
  socket.destroy();
  expect(await real.closed).toBeUndefined();
  expect((await server.ended).type).toBe("lost");
  expect(await connection.closed).toMatchObject({ code: "SSH_CONNECTION_LOST" });
  expect(await command.exited).toEqual({});
});

test("what runs can be ended in its own way before the connection is closed, when the one who uses it is gone", async () => {
  let tell: (code: string) => void = () => {};
  const told = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const { connection, server, socket } = await carry({
    onLost: async () => {
      const [[, command] = []] = server.commands;
      command?.write(Buffer.from("goodbye\n"));
      const { code } = (await command?.exited) ?? {};
      tell(String(code));
    },
  });
  await connection.exec("read line; test $line = goodbye && exit 7", { signal });
  socket.destroy();
  expect(await told).toBe("7");
  expect((await server.ended).type).toBe("lost");
});

test("the end of the connection is told, with its reason, to all that is open", async () => {
  const { real, server, connection } = await carry();
  const command = await connection.exec("cat", { signal });
  const output = receive(command.stdio);
  await sshd.killConnections();
  const reason = await real.closed;
  expect(reason?.code).toBe("SSH_CONNECTION_LOST");
  expect((await connection.closed)?.message).toBe(reason?.message);
  expect((await output).error).toBeDefined();
  expect(await command.exited).toEqual({});
  expect((await server.ended).type).toBe("lost");
  carried = await carry(); // that of the other tests has ended, too
});

test("leave() keeps a command, and the next one who uses the connection goes on with it", async () => {
  const notes: unknown[] = [];
  const onNote = (note: unknown, when: string): void => void notes.push([when, note]);
  const { real, server, connection } = await carry({ onNote });
  const first = await connection.exec("while read line; do echo got $line; done; exit 5", { signal });
  const tunnel = await connection.reverseTunnel(() => {}, { signal });
  const early = receiveCount(first.stdio, 8);
  first.stdio.write(Buffer.from("one\n"));
  expect((await early).toString()).toBe("got one\n");
  const id = connection.idOf(first) as number;
  const { nextId: firstId } = connection;
  await connection.tell({ for: "now" }, { signal });
  await connection.leave({ for: "later" }, { signal });
  expect(notes).toEqual([
    ["tell", { for: "now" }],
    ["leave", { for: "later" }],
  ]);
  expect((await server.ended).type).toBe("left");

  const { connection: next } = await use(real, { commands: server.commands, firstId, onNote });
  const again = await next.adopt(id, { signal });
  const late = receiveCount(again.stdio, 8);
  again.stdio.write(Buffer.from("two\n"));
  expect((await late).toString()).toBe("got two\n");
  // What connects to a tunnel of somebody who is gone is hung up on.
  const knocking = await next.forwardStream(tunnel.remotePort, { signal });
  expect((await receive(knocking)).bytes.byteLength).toBe(0);
  again.stdio.close();
  expect(await again.exited).toEqual({ code: 5 });
  await next[Symbol.asyncDispose]();
});

test("leave() is refused where nobody keeps the connection", async () => {
  const { connection } = await carry();
  expect(await failureOf(connection.leave({}, { signal }))).toMatchObject({ code: "SSH_CONNECTION_LOST" });
  await connection[Symbol.asyncDispose]();
});
