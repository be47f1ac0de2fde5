import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OFFERED_FLAGS } from "../../src/dist/flags.ts";
import { encodeHandshakeMessage } from "../../src/dist/handshake-message.ts";
import type { NodeEntry } from "../../src/epmd/message.ts";
import { EpmdServer } from "../../src/epmd/server.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, binary, tuple, type Term } from "../../src/etf/term.ts";
import { BootServer } from "../../src/boot-server/server.ts";
import {
  bootCommand,
  bootInput,
  bootInputAfterRelay,
  bootMessage,
  isUnderWay,
  type BootMessage,
  type BootSetup,
} from "../../src/remote/bootstrap.ts";
import type { ErlSource } from "../../src/remote/find-erl-script.ts";
import { frameOf, LinkConnection } from "../../src/remote/link-connection.ts";
import { socketStream } from "../doubles/socket-stream.ts";
import { makeRelease } from "./made-release.ts";

let home: string;
let server: Server;
let epmd: EpmdServer;
let alive: NodeEntry[];
let port: number;
/** Our EPMD hears nothing before. */
let mayRegister: Promise<void>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "boot-"));
  alive = [];
  mayRegister = Promise.resolve();
  server = createServer((socket) => {
    const stream = socketStream(socket);
    void mayRegister.then(() => epmd.accept(stream));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  epmd = new EpmdServer({
    own: { name: "ours", port: 1, nodeType: "hidden", highestVersion: 6, lowestVersion: 5 },
    expectedName: "theirs",
    creation: 9,
    port,
    onAlive: (node) => alive.push(node),
  });
});

afterEach(async () => {
  epmd[Symbol.dispose]();
  server.close();
  await rm(home, { recursive: true });
});

interface Booted {
  kill(): void;
  end(): void;
  exited: Promise<number | null>;
  message: Promise<BootMessage>;
  /** The port for links. */
  linkPort: Promise<number>;
  pid: number;
}

function sourceOf(erl: string | undefined): ErlSource {
  return erl === undefined ? { type: "search" } : { type: "path", path: erl };
}

/** Runs the boot command with `shell`, as sshd runs it with the user's. */
function boot({
  shell = "/bin/sh",
  erl,
  cookie = "secret-cookie",
  path = process.env["PATH"] ?? "",
  bootServer,
}: {
  shell?: string;
  erl?: string;
  cookie?: string;
  path?: string;
  bootServer?: { port: number; token: string };
} = {}): Booted {
  const child = spawn(
    shell,
    ["-c", bootCommand({ erl: sourceOf(erl), onDemand: bootServer !== undefined })],
    {
      env: { HOME: home, PATH: path },
      stdio: ["pipe", "pipe", "inherit"],
      detached: true, // a process group of its own, as sshd makes one
    },
  );
  child.stdin.on("error", () => {}); // a command that failed reads nothing
  const setup: BootSetup = {
    epmdPort: port,
    nodeName: "theirs@127.0.0.1",
    cookie,
    linkToken: "secret-token",
    lingerSeconds: 15,
    bootServer,
  };
  child.stdin.write(bootInput(setup));
  let tellLinkPort: (port: number) => void = () => {};
  const linkPort = new Promise<number>((resolve) => {
    tellLinkPort = resolve;
  });
  const message = new Promise<BootMessage>((resolve) => {
    let text = "";
    let isRelayed = false;
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const messages = text.split("\n").map(bootMessage);
      const relay = messages.find((found) => found?.type === "relay");
      if (relay !== undefined && !isRelayed) child.stdin.write(bootInputAfterRelay(setup, relay.address));
      isRelayed ||= relay !== undefined;
      const link = messages.find((found) => found?.type === "link");
      if (link !== undefined) tellLinkPort(link.port);
      const outcome = messages.find((found) => found !== undefined && !isUnderWay(found));
      if (outcome !== undefined) resolve(outcome);
    });
  });
  return {
    kill: () => child.kill("SIGKILL"),
    end: () => child.stdin.end(),
    exited: new Promise((resolve) => child.once("exit", resolve)),
    message,
    linkPort,
    pid: child.pid ?? 0,
  };
}

test("the bootstrap registers the node, tells its versions, and halts when its standard input ends", async () => {
  const beam = boot();
  expect(await beam.message).toMatchObject({ type: "ready", otp: expect.stringMatching(/^\d+$/) });
  expect(alive).toMatchObject([{ name: "theirs" }]);
  const { stdout } = await promisify(execFile)("ss", ["-Hltnp"]);
  const listening = stdout.split("\n").filter((line) => line.includes(`pid=${beam.pid},`));
  // The distribution port, and that of the link.
  const ports = [alive[0]?.port, await beam.linkPort];
  expect(listening).toHaveLength(2);
  for (const port of ports) expect(listening.join("\n")).toContain(`127.0.0.1:${port} `);
  beam.end();
  expect(await beam.exited).toBe(0);
});

test("links are taken while the node starts, and get to it once it has its cookie", async () => {
  let register = (): void => {};
  mayRegister = new Promise((resolve) => {
    register = resolve;
  });
  const beam = boot();
  const linkPort = await beam.linkPort;
  const greeting = {
    nodeName: "ours@127.0.0.1",
    received: 0,
    signal: AbortSignal.timeout(30_000),
  };
  const greet = (token: string): Promise<LinkConnection> =>
    LinkConnection.open(socketStream(connect(linkPort, "127.0.0.1")), { ...greeting, token });
  const early = greet("secret-token");
  let isProven = false;
  void early.then(() => (isProven = true));
  // Somebody else is turned away meanwhile, after a proof that is wrong.
  for (let attempt = 0; attempt < 5; attempt++) await expect(greet("wrong")).rejects.toThrow("hung up");
  expect(isProven).toBe(false);
  register();
  expect(await beam.message).toMatchObject({ type: "ready" });
  const link = await early;
  const said = new Promise<string>((resolve) => {
    let text = "";
    link.listen({
      onPart: ({ bytes }) => {
        text += Buffer.from(bytes).toString("latin1");
        if (text.includes("theirs@127.0.0.1")) resolve(text);
      },
      onEnd: () => resolve(`${text}, ended`),
    });
  });
  // Its messages may come in any pieces.
  const name = encodeHandshakeMessage({
    type: "send_name",
    flags: OFFERED_FLAGS,
    creation: 4,
    name: greeting.nodeName,
  });
  for (const byte of name) link.send(frameOf(Uint8Array.of(0, byte)));
  // The status, and the challenge.
  expect(await said).toMatch(/^\0\0\x03sok\0\0.N[^]*theirs@127\.0\.0\.1$/);
  link.close();
  beam.kill();
  await beam.exited;
});

test("the bootstrap shows its cookie neither in arguments nor in the environment, and leaves no file", async () => {
  const beam = boot({ cookie: "canary4711" });
  await beam.message;
  const { stdout } = await promisify(execFile)("sh", [
    "-c",
    `cat /proc/${beam.pid}/cmdline /proc/${beam.pid}/environ`,
  ]);
  expect(stdout).toContain("ERL_EPMD_PORT");
  expect(stdout).not.toContain("canary4711");
  beam.end();
  await beam.exited;
  expect(await readdir(home)).toEqual([]);
});

/** A boot server with no files, and all the requests that reached it. */
async function serveNothing(token: string): Promise<{ port: number; asked: string[]; stop: () => void }> {
  const asked: string[] = [];
  const refuse = (path: string): undefined => void asked.push(path);
  const boots = new BootServer({
    token,
    files: { read: async (path) => refuse(path), list: refuse, info: refuse },
  });
  const listener = createServer((socket) => boots.accept(socketStream(socket)));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const stop = (): void => {
    boots[Symbol.dispose]();
    listener.close();
  };
  return { port: (listener.address() as AddressInfo).port, asked, stop };
}

/** Processes of the group that `pid` leads, with arguments and environment. */
async function groupOf(pid: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)("ps", ["axeww", "-o", "pgid=,args="]);
  return stdout.split("\n").filter((line) => line.trim().startsWith(`${pid} `));
}

test("a BEAM that fetches code boots from its own OTP, asks for nothing yet, and shows no secret", async () => {
  const { port: bootPort, asked, stop } = await serveNothing("canary4712");
  const beam = boot({ cookie: "canary4711", bootServer: { port: bootPort, token: "canary4712" } });
  expect((await beam.message).type).toBe("ready");
  const group = await groupOf(beam.pid);
  const beams = group.filter((line) => line.includes("beam.smp"));
  expect(beams).toHaveLength(2);
  expect(beams.filter((line) => line.includes("-loader inet"))).toHaveLength(1);
  expect(group.join("\n")).not.toMatch(/canary/);
  expect(asked).toEqual([]);
  beam.end();
  expect(await beam.exited).toBe(0);
  await expect.poll(async () => groupOf(beam.pid), { timeout: 10_000 }).toEqual([]);
  stop();
  expect(await readdir(home)).toEqual([]);
});

test("the relay tells that it cannot reach the boot server, and nothing is left when input ends", async () => {
  const { port: bootPort, stop } = await serveNothing("t");
  stop();
  const beam = boot({ bootServer: { port: bootPort, token: "t" } });
  expect(await beam.message).toEqual({
    type: "failed",
    reason: "Cannot reach the boot server through its tunnel: econnrefused",
  });
  beam.end();
  await beam.exited;
  await expect.poll(async () => groupOf(beam.pid), { timeout: 10_000 }).toEqual([]);
});

test("an erl that hangs as the relay is killed with its group when input ends", async () => {
  const erl = join(home, "hangs.sh");
  await writeFile(erl, "#!/bin/sh\nsleep 600\n", { mode: 0o755 });
  const beam = boot({ erl, bootServer: { port: 1, token: "t" } });
  await expect.poll(async () => (await groupOf(beam.pid)).some((line) => /sleep 600/.test(line))).toBe(true);
  beam.end();
  await beam.exited;
  await expect.poll(async () => groupOf(beam.pid), { timeout: 10_000 }).toEqual([]);
});

test("the bootstrap runs neither ~/.erlang nor flags of the environment", async () => {
  await writeFile(join(home, ".erlang"), 'file:write_file(filename:join(os:getenv("HOME"), "ran"), "").');
  const child = spawn("/bin/sh", ["-c", bootCommand({ erl: { type: "search" }, onDemand: false })], {
    env: {
      HOME: home,
      PATH: process.env["PATH"],
      ERL_FLAGS: "-sname other",
      ERL_AFLAGS: "-eval halt(9).",
      ...Object.fromEntries(
        Array.from({ length: 15 }, (_, index) => [`ERL_OTP${21 + index}_FLAGS`, "-eval halt(9)."]),
      ),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.write(
    bootInput({
      epmdPort: port,
      nodeName: "theirs@127.0.0.1",
      cookie: "c",
      linkToken: "t",
      lingerSeconds: 15,
      bootServer: undefined,
    }),
  );
  await expect.poll(() => alive.length, { timeout: 10_000 }).toBe(1);
  child.stdin.end();
  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  expect(await readdir(home)).toEqual([".erlang"]);
});

test("the erl of a release boots, with and without the relay, and does not run ~/.erlang", async () => {
  await writeFile(join(home, ".erlang"), 'file:write_file(filename:join(os:getenv("HOME"), "ran"), "").');
  const { erl } = await makeRelease(join(home, "my release"));
  const { port: bootPort, stop } = await serveNothing("t");
  for (const bootServer of [undefined, { port: bootPort, token: "t" }]) {
    const beam = boot({ erl, ...(bootServer === undefined ? {} : { bootServer }) });
    expect((await beam.message).type).toBe("ready");
    beam.end();
    expect(await beam.exited).toBe(0);
  }
  stop();
  expect((await readdir(home)).toSorted()).toEqual([".erlang", "my release"]);
});

test.each(["/bin/bash", "/bin/dash"])("the boot command means the same to %s", async (shell) => {
  const beam = boot({ shell });
  expect((await beam.message).type).toBe("ready");
  beam.end();
  expect(await beam.exited).toBe(0);
});

test("the boot command says where it looked for erl", async () => {
  const missing = boot({ erl: "/nowhere/my erl" });
  expect(await missing.message).toEqual({ type: "erl_not_found", lookedIn: "/nowhere/my erl" });
  expect(await missing.exited).toBe(127);
});

test("the boot command says what a host is that has not got its bundle yet", async () => {
  const command = bootCommand({ erl: { type: "bundle", sha256: "abc" }, onDemand: false });
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", `echo 1 | (${command}) || :`], {
    env: { HOME: home, PATH: process.env["PATH"] },
  });
  expect(stdout.split("\n").map(bootMessage)).toContainEqual({
    type: "runtime_missing",
    system: "Linux",
    machine: expect.stringMatching(/^\w+$/),
    libc: expect.stringMatching(/glibc|musl/i),
  });
});

test("the boot command ends without a trace when it is told nothing", async () => {
  const child = spawn("/bin/sh", ["-c", bootCommand({ erl: { type: "search" }, onDemand: false })], {
    env: { HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
});

test("the bootstrap tells why the node could not register", async () => {
  epmd[Symbol.dispose]();
  server.close();
  const beam = boot();
  expect(await beam.message).toMatchObject({
    type: "failed",
    reason: expect.stringContaining("nodistribution"),
  });
  expect(await beam.exited).toBe(1);
});

test("bootMessage() takes no line for one of the bootstrap that is compressed, or that takes much memory", () => {
  const failed = (reason: Term): Term => tuple(atom("failed"), reason);
  const line = (bytes: Buffer): string => `fusion-play:${bytes.toString("base64")}\n`;
  const reason = binary("x".repeat(1000));
  expect(bootMessage(line(encodeTerm(failed(reason))))).toEqual({ type: "failed", reason: "x".repeat(500) });
  expect(bootMessage(line(encodeTerm(failed(reason), { compressed: true })))).toBeUndefined();
  expect(bootMessage(line(encodeTerm(failed(Array.from({ length: 10_000 }, () => 1000)))))).toBeUndefined();
});
