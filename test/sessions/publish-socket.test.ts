import { once } from "node:events";
import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileId, publishSocket, temporaryName } from "../../src/sessions/publish-socket.ts";

let folder: string;
let path: string;
let servers: Server[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "publish-"));
  path = join(folder, "agent.sock");
  servers = [];
});

afterEach(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

/** Listens at a name of its own, and says its number to who connects. */
async function listen(): Promise<string> {
  const own = temporaryName(path);
  const number = servers.length;
  const server = createServer((socket) => socket.on("error", () => {}).end(String(number)));
  servers.push(server);
  server.listen(own);
  await once(server, "listening");
  return own;
}

/** What a crash leaves: a socket that nobody listens to. */
async function leaveStale(): Promise<void> {
  const own = await listen();
  renameSync(own, path);
  const server = servers.pop();
  server?.close();
  await once(server as Server, "close");
  expect(fileId(path)).toBeDefined();
}

async function saidBy(socket: string): Promise<string> {
  const connection = connect(socket);
  const [said] = (await once(connection, "data")) as [Buffer];
  return said.toString();
}

test("a socket gets a name that nobody has", async () => {
  const own = await listen();
  const id = fileId(own);
  expect(await publishSocket(own, path)).toBe(true);
  expect([readdirSync(folder), fileId(path)]).toEqual([["agent.sock"], id]);
  expect(await saidBy(path)).toBe("0");
});

test("a socket gets the name of one that nobody listens to any more", async () => {
  await leaveStale();
  expect(await publishSocket(await listen(), path)).toBe(true);
  expect(readdirSync(folder)).toEqual(["agent.sock"]);
  expect(await saidBy(path)).toBe("0");
});

test("a socket that is listened to keeps its name", async () => {
  await publishSocket(await listen(), path);
  expect(await publishSocket(await listen(), path)).toBe(false);
  expect(readdirSync(folder)).toEqual(["agent.sock"]);
  expect(await saidBy(path)).toBe("0");
});

test("of many sockets that want the name at once, one that is told so gets it", async () => {
  for (let round = 0; round < 10; round++) {
    if (round % 2 === 0) await leaveStale();
    const wanting = await Promise.all(Array.from({ length: 12 }, listen));
    const first = servers.length - wanting.length;
    const got = await Promise.all(wanting.map((own) => publishSocket(own, path)));
    const winner = Number(await saidBy(path));
    expect(got[winner - first]).toBe(true);
    expect(readdirSync(folder)).toEqual(["agent.sock"]);
    rmSync(path);
  }
});
