import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { SshConnector } from "../../src/ssh/connector.ts";
import { SpreadConnector, type SpreadOptions } from "../../src/ssh/spread-connector.ts";
import { ssh2Backend } from "../../src/ssh/ssh2-backend.ts";
import type { SshConnection } from "../../src/ssh/ssh-connection.ts";
import type { SshTarget } from "../../src/ssh/ssh-target.ts";
import { receive, receiveCount } from "../ssh/received.ts";
import { never, targetOf } from "../ssh/target-of.ts";
import { freePort, startSshd, type Sshd } from "./sshd.ts";

const program = new URL("../../dist/ssh/connection-thread.js", import.meta.url);
const signal = never();
let sshd: Sshd;
let bastion: Sshd;
/** Threads that were started and have not ended. */
const alive = new Set<Worker>();
let started = 0;

process.on("worker", (worker) => {
  started++;
  alive.add(worker);
  worker.once("exit", () => alive.delete(worker));
});

beforeAll(async () => {
  [sshd, bastion] = await Promise.all([startSshd(), startSshd({ address: "127.0.0.2" })]);
});

afterEach(async () => {
  started = 0;
  await expect.poll(() => alive.size, { timeout: 10_000 }).toBe(0);
});

afterAll(async () => Promise.all([sshd.stop(), bastion.stop()]));

function spread(options: Omit<SpreadOptions, "here">): SpreadConnector {
  const connector = new SshConnector(ssh2Backend);
  return new SpreadConnector({
    here: (target, given) => connector.connect(target, given),
    program,
    ...options,
  });
}

async function output(connection: SshConnection, command: string): Promise<string> {
  const { stdio } = await connection.exec(command, { signal });
  return (await receive(stdio)).bytes.toString().trim();
}

async function failureOf(wait: Promise<unknown>): Promise<Record<string, unknown>> {
  return wait.then(
    () => {
      throw new Error("It did not fail");
    },
    (error: unknown) => error as Record<string, unknown>,
  );
}

/** A program for a thread. */
async function programOf(text: string): Promise<URL> {
  const file = join(sshd.directory, `thread-${randomBytes(4).toString("hex")}.mjs`);
  await writeFile(file, text);
  return pathToFileURL(file);
}

/** Does what begins waits, and lets half a minute pass for whoever looks after threads, in which these say nothing. */
async function inShort<Begun>(work: () => Promise<Begun>): Promise<Begun> {
  vi.useFakeTimers({ toFake: ["setInterval"] });
  try {
    const begun = await work();
    vi.advanceTimersByTime(30_000);
    return begun;
  } finally {
    vi.useRealTimers();
  }
}

async function closeAll(connections: readonly SshConnection[]): Promise<void> {
  await Promise.all(connections.map((one) => one[Symbol.asyncDispose]()));
}

test("the first connections are made here, and those beyond by threads, which end with their last one", async () => {
  const connector = spread({ atOnce: 2, threads: 2 });
  const connect = async (): Promise<SshConnection> => connector.connect(targetOf(sshd), { signal });
  const first = [await connect(), await connect()];
  expect(started).toBe(0);
  const others = await Promise.all(Array.from({ length: 5 }, connect));
  expect(started).toBe(2);
  const all = [...first, ...others];
  const seen = await Promise.all(all.map((one, index) => output(one, `echo number ${index}`)));
  expect(seen).toEqual(all.map((_, index) => `number ${index}`));
  expect(others.map(({ login }) => login)).toEqual(others.map(() => first[0]?.login));

  await closeAll(others.slice(1));
  // One of them still has a connection.
  if (alive.size > 1) await Promise.race([...alive].map((worker) => once(worker, "exit")));
  expect(alive.size).toBe(1);
  expect(await output(others[0] as SshConnection, "echo still")).toBe("still");
  await closeAll([...first, others[0] as SshConnection]);
});

test("where there is one processor, or all is done here, there is no thread", async () => {
  const connector = spread({ atOnce: 1, threads: 0 });
  const connections = await Promise.all(
    Array.from({ length: 3 }, async () => connector.connect(targetOf(sshd), { signal })),
  );
  expect(started).toBe(0);
  await closeAll(connections);
});

test("phases are told, and failures are those of connections that are made here", async () => {
  const phasesOf = async (atOnce: number): Promise<string[]> => {
    const phases: string[] = [];
    const onPhase = (phase: string): void => void phases.push(phase);
    const connector = spread({ atOnce, threads: 1 });
    await closeAll([await connector.connect(targetOf(sshd), { signal, onPhase })]);
    return phases;
  };
  expect(await phasesOf(0)).toEqual(await phasesOf(1));
  const port = await freePort("127.0.0.1");
  const wrong: readonly Partial<SshTarget>[] = [
    { port, retries: 0 },
    { user: "nobody-there" },
    { hostKeys: { files: [], checking: "strict" } },
    { identities: [{ file: "/nowhere/key", required: true }] },
  ];
  for (const changes of wrong) {
    const told = async (atOnce: number): Promise<unknown> => {
      const connector = spread({ atOnce, threads: 1 });
      const { name, message, code, hint, retry } = await failureOf(
        connector.connect(targetOf(sshd, changes), { signal }),
      );
      return { name, message, code, hint, retry };
    };
    expect(await told(0)).toEqual(await told(1));
  }
  expect(started).toBe(1 + wrong.length);
});

test("who gives up is told so at once, and the thread hangs up", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const controller = new AbortController();
  const reason = new Error("enough");
  const given = failureOf(
    spread({ atOnce: 0, threads: 1 }).connect(targetOf(sshd, { port }), { signal: controller.signal }),
  );
  const [socket] = (await once(silent, "connection")) as [NodeJS.EventEmitter & { resume(): void }];
  socket.resume();
  const hungUp = once(socket, "close");
  controller.abort(reason);
  expect(await given).toBe(reason);
  await hungUp;
  silent.close();
});

test("a thread that ends loses its connections, and the next one is made by another thread", async () => {
  const connector = spread({ atOnce: 0, threads: 1 });
  const lost = await connector.connect(targetOf(sshd), { signal });
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const waiting = failureOf(connector.connect(targetOf(sshd, { port }), { signal }));
  await once(silent, "connection");
  await Promise.all([...alive].map((worker) => worker.terminate()));
  expect(await lost.closed).toMatchObject({ name: "SshError", code: "SSH_CONNECTION_LOST" });
  expect(await failureOf(lost.exec("true", { signal }))).toMatchObject({ code: "SSH_CONNECTION_LOST" });
  expect(await waiting).toMatchObject({ name: "SshError", code: "SSH_CONNECT_FAILED" });
  expect((await waiting)["message"]).toMatch(/^Cannot connect to web1 \(.*\): the thread for it has ended/u);
  silent.close();

  const next = await connector.connect(targetOf(sshd), { signal });
  expect(await output(next, "echo back")).toBe("back");
  await closeAll([next]);
});

test("where a thread cannot be started, connections are made here, and no other thread is tried", async () => {
  const connector = spread({ atOnce: 0, threads: 3, program: new URL("nowhere.js", program) });
  const connect = async (): Promise<SshConnection> => connector.connect(targetOf(sshd), { signal });
  const connections = [await connect()];
  expect(started).toBe(1);
  connections.push(...(await Promise.all([connect(), connect()])));
  expect(started).toBe(1);
  expect(await Promise.all(connections.map((one) => output(one, "echo here")))).toEqual(
    connections.map(() => "here"),
  );
  await closeAll(connections);
});

test("a thread that hangs is ended, its connections are lost, and the next one is made by another thread", async () => {
  const connector = spread({
    atOnce: 0,
    threads: 1,
    program: await programOf(`
      import "${program.href}";
      import { parentPort } from "node:worker_threads";
      parentPort.on("message", (chunk) => { while (Buffer.from(chunk).includes("hangs")); });`),
  });
  const [lost, waiting] = await inShort(async () => {
    const connection = await connector.connect(targetOf(sshd), { signal });
    return [connection, failureOf(connector.connect(targetOf(sshd, { name: "hangs" }), { signal }))] as const;
  });
  expect((await waiting)["message"]).toMatch(
    /^Cannot connect to hangs \(.*\): the thread for it has ended: it has said nothing for 30 s$/u,
  );
  expect(await lost.closed).toMatchObject({ code: "SSH_CONNECTION_LOST" });
  const next = await connector.connect(targetOf(sshd), { signal });
  expect(await output(next, "echo back")).toBe("back");
  expect(started).toBe(2);
  await closeAll([next]);
});

test("a thread with nothing to do says that it is there, and is left alone", async () => {
  const connector = spread({
    atOnce: 0,
    threads: 1,
    program: await programOf(`
      const { setInterval } = globalThis;
      globalThis.setInterval = (tell, ms) => setInterval(tell, ms / 100);
      await import("${program.href}");`),
  });
  vi.useFakeTimers({ toFake: ["setInterval"] });
  try {
    const connection = await connector.connect(targetOf(sshd), { signal });
    for (let time = 0; time < 4; time++) {
      await Promise.all([...alive].map((worker) => once(worker, "message")));
      vi.advanceTimersByTime(25_000);
    }
    expect(await output(connection, "echo there")).toBe("there");
    await closeAll([connection]);
  } finally {
    vi.useRealTimers();
  }
});

test("where a thread hangs before it has begun, connections are made here", async () => {
  const connector = spread({ atOnce: 0, threads: 1, program: await programOf("for (;;);") });
  const [connection] = await inShort(async () => [connector.connect(targetOf(sshd), { signal })] as const);
  expect(await output(await connection, "echo here")).toBe("here");
  await closeAll([await connection]);
});

test("hosts behind one bastion share the connection to it, and one that refuses is asked once, beside other threads", async () => {
  const logins = (what: RegExp): number => bastion.log().match(what)?.length ?? 0;
  const before = logins(/Accepted publickey/gu);
  const connector = spread({ atOnce: 0, threads: 3 });
  const direct = await connector.connect(targetOf(sshd), { signal });
  expect(started).toBe(1);
  const behind = async (user: string): Promise<SshConnection> => {
    const through = targetOf(bastion, { name: "bastion", user });
    return connector.connect(targetOf(sshd, { route: { type: "jump", through } }), { signal });
  };
  const connections = await Promise.all([1, 2, 3, 4].map(async () => behind(bastion.user)));
  expect(logins(/Accepted publickey/gu) - before).toBe(1);
  expect(await Promise.all(connections.map((one) => output(one, "echo here")))).toEqual(
    connections.map(() => "here"),
  );
  for (let time = 0; time < 3; time++) {
    expect(await failureOf(behind("nobody-there"))).toMatchObject({ code: "SSH_AUTHENTICATION_FAILED" });
  }
  await expect.poll(() => logins(/Invalid user nobody-there/gu)).toBe(1);
  expect(started).toBe(1);
  await closeAll([...connections, direct]);
});

test("hosts behind a ProxyCommand are reached from here, as it would not end with a thread", async () => {
  const connector = spread({ atOnce: 0, threads: 3 });
  const relay = `
    const socket = require("node:net").connect(${sshd.port}, "${sshd.address}");
    process.stdin.pipe(socket).pipe(process.stdout);`;
  const command = `${process.execPath} -e '${relay}'`;
  const connection = await connector.connect(targetOf(sshd, { route: { type: "command", command } }), {
    signal,
  });
  expect(await output(connection, "echo through")).toBe("through");
  expect(started).toBe(0);
  await closeAll([connection]);
});

test("hosts whose keys are noted down at the first meeting are in one other thread, and each is noted once", async () => {
  const file = join(sshd.directory, "met");
  const connector = spread({ atOnce: 1, threads: 3 });
  const hostKeys = { files: [file], checking: "accept-new" } as const;
  const connections = await Promise.all(
    [1, 2, 3, 4, 5].map(async (number) =>
      connector.connect(targetOf(sshd, { hostKeys: { ...hostKeys, alias: `host${number}` } }), { signal }),
    ),
  );
  expect(started).toBe(1);
  const names = (await readFile(file, "utf8"))
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[0]);
  expect(names).toHaveLength(5);
  expect(new Set(names)).toEqual(new Set(["host1", "host2", "host3", "host4", "host5"]));
  await closeAll(connections);
});

test("a thread carries much, both ways and unchanged", async () => {
  const connection = await spread({ atOnce: 0, threads: 1 }).connect(targetOf(sshd), { signal });
  const { stdio } = await connection.exec("cat", { signal });
  const sent = randomBytes(30_000_000);
  const back = receiveCount(stdio, sent.length);
  for (let at = 0; at < sent.length; at += 1_000_000) stdio.write(sent.subarray(at, at + 1_000_000));
  const hash = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
  expect(hash(await back)).toBe(hash(sent));
  await closeAll([connection]);
});

test("there are as many threads by default as leave this one a processor, up to three", async () => {
  const connector = spread({ atOnce: 1 });
  const connections: SshConnection[] = [];
  for (let count = 0; count < 5; count++) {
    connections.push(await connector.connect(targetOf(sshd), { signal }));
  }
  expect(started).toBe(Math.min(3, availableParallelism() - 1));
  await closeAll(connections);
});
