import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateKeyPair } from "../../src/lab/key-pair.ts";
import { appendToKnownHostsFile, readKnownHostsFile } from "../../src/ssh/known-hosts-file.ts";

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

test("appendToKnownHostsFile() makes the file and adds lines, none of which is read again", async () => {
  const inFolder = join(folder, "new", "known_hosts");
  const first = await readKnownHostsFile(inFolder);
  const names = Array.from({ length: 30 }, (_, index) => `web${index + 1}`);
  for (const name of names) await appendToKnownHostsFile(inFolder, `${name} ${publicKey}\n`);

  expect(await readFile(inFolder, "utf8")).toBe(names.map((name) => `${name} ${publicKey}\n`).join(""));
  const known = await readKnownHostsFile(inFolder);
  expect(known).toBe(first);
  expect(names.map((name) => known.about(name).map(({ line }) => line))).toEqual(
    names.map((_, index) => [index + 1]),
  );
});

test("appendToKnownHostsFile() begins a line of its own, where the last one has no end", async () => {
  await writeFile(file, `# ours\nweb1 ${publicKey}`);
  await appendToKnownHostsFile(file, `web2 ${publicKey}\n`);
  await appendToKnownHostsFile(file, `web3 ${publicKey}\n`);

  expect(await readFile(file, "utf8")).toBe(
    `# ours\nweb1 ${publicKey}\nweb2 ${publicKey}\nweb3 ${publicKey}\n`,
  );
  const known = await readKnownHostsFile(file);
  expect(["web1", "web2", "web3"].map((name) => known.about(name)[0]?.line)).toEqual([2, 3, 4]);
});

test("readKnownHostsFile() finds what others added between lines of ours", async () => {
  for (const name of ["web1", "web3"]) {
    await appendToKnownHostsFile(file, `${name} ${publicKey}\n`);
    await appendFile(file, `other-${name} ${publicKey}\n`);
  }
  await appendToKnownHostsFile(file, `web5 ${publicKey}\n`);

  const known = await readKnownHostsFile(file);
  const names = ["web1", "other-web1", "web3", "other-web3", "web5"];
  expect(names.map((name) => known.about(name).map(({ line }) => line))).toEqual([[1], [2], [3], [4], [5]]);
});
