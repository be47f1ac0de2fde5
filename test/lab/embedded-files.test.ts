import { randomBytes } from "node:crypto";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { embeddedHostAndClient, type SshClient } from "./ssh-client.ts";

let client: SshClient;
let host: AsyncDisposable;

beforeAll(async () => {
  const started = await embeddedHostAndClient();
  client = started.client;
  host = started;
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

/** Writes a file on the client's side. */
async function local(name: string, bytes: Buffer, mode = 0o644): Promise<string> {
  const path = join(client.folder, name);
  await writeFile(path, bytes);
  await chmod(path, mode);
  return path;
}

test("startEmbeddedHost() takes files over SFTP and gives them back, with their permissions", async () => {
  const bytes = randomBytes(5_000_000);
  const large = await local("large", bytes);
  const empty = await local("empty", Buffer.alloc(0), 0o750);
  const { code, stderr } = await client.sftp(
    [
      "mkdir sub",
      `put ${large} sub/large`,
      `put -p ${empty} ${client.home}/empty`,
      `get sub/large ${large}.back`,
      "rm empty.not",
    ].join("\n"),
  );
  // The home is where relative paths start, and what is not there is told as such.
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("No such file") });
  expect((await readFile(join(client.home, "sub", "large"))).equals(bytes)).toBe(true);
  expect((await readFile(`${large}.back`)).equals(bytes)).toBe(true);
  const { size, mode } = await stat(join(client.home, "empty"));
  expect([size, mode & 0o777]).toEqual([0, 0o750]);
});

test("startEmbeddedHost() refuses what copying files does not need, and goes on", async () => {
  const file = await local("small", Buffer.from("text"));
  const { code, stderr } = await client.sftp(`-rename a b\n-ln -s a b\nput ${file} small\nrm small\n`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("Operation unsupported") });
  await expect(stat(join(client.home, "small"))).rejects.toThrow(/ENOENT/);
});
