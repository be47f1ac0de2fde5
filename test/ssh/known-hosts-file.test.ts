import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateKeyPair } from "../../src/lab/key-pair.ts";
import { readKnownHostsFile } from "../../src/ssh/known-hosts-file.ts";

const { publicKey } = generateKeyPair();
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "known-hosts-"));
  file = join(folder, "known_hosts");
});
afterEach(() => rm(folder, { recursive: true }));

test("readKnownHostsFile() reads a file once, whatever the number of hosts that look into it", async () => {
  await writeFile(file, `web1 ${publicKey}\n`);

  const [one, other] = await Promise.all([readKnownHostsFile(file), readKnownHostsFile(file)]);

  expect(one.about("web1")).toHaveLength(1);
  expect(other.about("web1")).toHaveLength(1);
  expect(await readKnownHostsFile(file)).toBe(await readKnownHostsFile(file));
});

test("readKnownHostsFile() reads a file again, when it has changed", async () => {
  expect((await readKnownHostsFile(file)).about("web1")).toEqual([]);
  await writeFile(file, `web1 ${publicKey}\n`);
  expect((await readKnownHostsFile(file)).about("web1")).toHaveLength(1);
  await appendFile(file, `web1,web2 ${publicKey}\n`);
  expect((await readKnownHostsFile(file)).about("web1")).toHaveLength(2);
  await rm(file);
  expect((await readKnownHostsFile(file)).about("web1")).toEqual([]);
});

test("readKnownHostsFile() rejects each time, when the file is a folder", async () => {
  for (const _ of [1, 2]) {
    await expect(readKnownHostsFile(folder)).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  }
});
