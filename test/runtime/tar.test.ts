import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { firstFile, writeTar, type TarEntry } from "../../src/runtime/tar.ts";

const ENTRIES: readonly TarEntry[] = [
  { path: "otp/manifest.json", content: Buffer.from("{}"), mode: 0o644 },
  { path: "otp", content: undefined, mode: 0o755 },
  { path: "otp/bin", content: undefined, mode: 0o755 },
  { path: "otp/bin/empty", content: new Uint8Array(), mode: 0o600 },
  { path: "otp/bin/block", content: Buffer.alloc(512, "a"), mode: 0o755 },
  { path: "otp/bin/more", content: Buffer.alloc(1000, "ä"), mode: 0o644 },
];

test("writeTar() writes what tar reads", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tar-"));
  execFileSync("tar", ["-xf", "-", "-C", folder], { input: writeTar(ENTRIES) });
  for (const { path, content, mode } of ENTRIES) {
    expect((await stat(join(folder, path))).mode & 0o777).toBe(mode);
    if (content !== undefined) expect(await readFile(join(folder, path))).toEqual(Buffer.from(content));
  }
  await rm(folder, { recursive: true });
});

test("writeTar() writes the same for the same files, and refuses a path that is too long", () => {
  expect(writeTar(ENTRIES)).toEqual(writeTar(ENTRIES));
  const path = "x".repeat(101);
  expect(() => writeTar([{ path, content: new Uint8Array(), mode: 0o644 }])).toThrow(RangeError);
});

test("firstFile() reads the first file, and nothing of what does not begin with one", () => {
  const archive = writeTar(ENTRIES);
  expect(firstFile(archive)).toEqual({ path: "otp/manifest.json", content: Buffer.from("{}") });
  expect(firstFile(archive.subarray(0, 513))).toBeUndefined();
  expect(firstFile(Buffer.alloc(2000, "x"))).toBeUndefined();
  expect(firstFile(new Uint8Array())).toBeUndefined();
});
