import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ByteWriter } from "../../src/bytes/byte-writer.ts";
import type { NodeEntry } from "../../src/epmd/message.ts";
import { EpmdServer } from "../../src/epmd/server.ts";
import { byteStreamPair } from "../doubles/byte-stream-pair.ts";
import { socketStream } from "../doubles/socket-stream.ts";

const OWN: NodeEntry = { name: "ours", port: 4711, nodeType: "hidden", highestVersion: 6, lowestVersion: 5 };

let server: Server;
let port: number;
let epmd: EpmdServer;
let alive: NodeEntry[];

beforeEach(async () => {
  alive = [];
  server = createServer((socket) => epmd.accept(socketStream(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  epmd = new EpmdServer({
    own: OWN,
    expectedName: "expected",
    creation: 0xfedcba98,
    port,
    onAlive: (node) => alive.push(node),
  });
});

afterEach(() => {
  epmd[Symbol.dispose]();
  server.close();
});

/** Runs `erl` with our server as its EPMD and gives what it prints. */
async function erl(args: readonly string[]): Promise<string> {
  const env = { ...process.env, ERL_EPMD_PORT: String(port), ERL_CRASH_DUMP_SECONDS: "0" };
  const { stdout } = await promisify(execFile)("erl", ["-noinput", "-start_epmd", "false", ...args], { env });
  return stdout;
}

/** Sends bytes on a connection of their own and gives the answer, in hexadecimal. */
async function ask(bytes: Uint8Array): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("hex");
}

test("a real node registers, finds ours, lists names and gets the creation it was given", async () => {
  const script = `
    {port, Port, Version} = erl_epmd:port_please("ours", {127,0,0,1}),
    {ok, Names} = erl_epmd:names({127,0,0,1}),
    noport = erl_epmd:port_please("nobody", {127,0,0,1}),
    io:format("~w ~w ~0p ~w", [Port, Version, lists:sort(Names), erlang:system_info(creation)]), halt().`;
  const printed = await erl(["-name", "expected@127.0.0.1", "-setcookie", "c", "-eval", script]);
  const [node] = alive;
  expect(node).toMatchObject({ name: "expected", nodeType: "normal", highestVersion: 6 });
  expect(printed).toBe(`4711 6 [{"expected",${node?.port}},{"ours",4711}] ${0xfedcba98}`);
});

test("a node of another name is refused, and so is a second one of the same name", async () => {
  await expect(erl(["-name", "stranger@127.0.0.1", "-setcookie", "c", "-eval", "halt()."])).rejects.toThrow();
  const first = spawn(
    "erl",
    ["-noinput", "-start_epmd", "false", "-name", "expected@127.0.0.1", "-setcookie", "c"],
    {
      env: { ...process.env, ERL_EPMD_PORT: String(port), ERL_CRASH_DUMP_SECONDS: "0" },
    },
  );
  await expect.poll(() => alive.length, { timeout: 10_000 }).toBe(1);
  await expect(erl(["-name", "expected@127.0.0.1", "-setcookie", "c", "-eval", "halt()."])).rejects.toThrow();
  first.kill("SIGKILL");
  // Once its stream is closed, the name is free again.
  await new Promise((resolve) => first.once("exit", resolve));
  await erl(["-name", "expected@127.0.0.1", "-setcookie", "c", "-eval", "halt()."]);
  expect(alive.length).toBe(2);
});

test.each([
  ["KILL_REQ", "00016b"],
  ["DUMP_REQ", "000164"],
  ["STOP_REQ", "0004737878780a"],
  ["a request that is longer than any", "ffff78"],
  ["a cut ALIVE2_REQ", "000378aabb"],
])("%s is answered by hanging up", async (_, hex) => {
  expect(await ask(Buffer.from(hex, "hex"))).toBe("");
});

test("any bytes leave the server as it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), async (chunks) => {
      const [ours, theirs] = byteStreamPair();
      epmd.accept(theirs);
      const ended = new Promise<void>((resolve) =>
        ours.listen({ onBytes: () => {}, onEnd: () => resolve() }),
      );
      for (const chunk of chunks) ours.write(chunk);
      ours.close();
      await ended;
    }),
    { numRuns: 300 },
  );
  expect((await ask(Buffer.from("00016e", "hex"))).startsWith(port.toString(16).padStart(8, "0"))).toBe(true);
});

test("a node registers while somebody else holds all connections that there may be, and asks nothing", async () => {
  const strangers: Socket[] = [];
  const hold = async (): Promise<void> => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    strangers.push(socket.resume());
    await once(socket, "connect");
  };
  for (let count = 0; count < 40; count++) await hold();
  // What was closed for another one is closed for good.
  await expect
    .poll(() => strangers.slice(0, 24).every(({ closed }) => closed), { timeout: 60_000 })
    .toBe(true);
  await erl(["-name", "expected@127.0.0.1", "-setcookie", "c", "-eval", "halt()."]);
  expect(alive).toHaveLength(1);
  for (const socket of strangers) socket.destroy();
});

test("a registered node stays so, however many connections come after it", async () => {
  const [ours, theirs] = byteStreamPair();
  epmd.accept(theirs);
  const answers: Uint8Array[] = [];
  let ended = false;
  ours.listen({
    onBytes: (chunk) => answers.push(chunk),
    onEnd: () => {
      ended = true;
    },
  });
  const name = Buffer.from("expected");
  ours.write(
    new ByteWriter()
      .uint16(13 + name.length)
      .uint8(120)
      .uint16(4712)
      .uint8(77)
      .uint8(0)
      .uint16(6)
      .uint16(5)
      .uint16(name.length)
      .bytes(name)
      .uint16(0)
      .finish(),
  );
  await expect.poll(() => answers.length).toBe(1);
  for (let count = 0; count < 40; count++) epmd.accept(byteStreamPair()[1]);
  // Nothing that comes after a registration is kept or answered.
  for (let count = 0; count < 40; count++) ours.write(Buffer.from("00016e".repeat(1000), "hex"));
  expect(await ask(Buffer.from("00016e", "hex"))).toContain(
    Buffer.from("name expected at port 4712").toString("hex"),
  );
  expect([answers.length, ended]).toEqual([1, false]);
});
