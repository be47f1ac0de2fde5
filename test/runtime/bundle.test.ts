import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MANIFEST_PATH, openBundle } from "../../src/runtime/bundle.ts";
import { writeTar } from "../../src/runtime/tar.ts";

const MANIFEST = {
  format: 1,
  otp: "25",
  erts: "13.1.5",
  machine: "x86_64",
  libc: "musl",
  libc_version: null,
  applications: { kernel: "8.5" },
  libraries: [],
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bundle-"));
});

afterEach(() => rm(folder, { recursive: true }));

async function written(bytes: Uint8Array): Promise<string> {
  const file = join(folder, "otp.tar.gz");
  await writeFile(file, bytes);
  return file;
}

function archive(manifest: unknown, path = MANIFEST_PATH): Uint8Array {
  const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
  // What follows is longer than what is read for the manifest, and cannot be compressed.
  const rest = Buffer.concat(
    Array.from({ length: 10_000 }, (_, index) => createHash("sha256").update(String(index)).digest()),
  );
  return gzipSync(
    writeTar([
      { path, content: Buffer.from(text), mode: 0o644 },
      { path: "otp/rest", content: rest, mode: 0o644 },
    ]),
  );
}

test("openBundle() reads manifest and sums", async () => {
  const bytes = archive(MANIFEST);
  const bundle = await openBundle(await written(bytes));
  expect(bundle.manifest).toEqual(MANIFEST);
  expect(bundle.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(bundle.cksum).toMatch(new RegExp(`^\\d+ ${bytes.byteLength}$`));
});

test.each<[string, () => Uint8Array, RegExp]>([
  ["text", () => Buffer.from("no archive"), /it is no gzip file/],
  ["nothing", () => new Uint8Array(), /it is no gzip file|does not begin with/],
  ["another archive", () => archive(MANIFEST, "README"), /does not begin with otp\/manifest\.json/],
  [
    "a manifest of another version",
    () => archive({ ...MANIFEST, format: 2 }),
    /not one that this version reads/,
  ],
  ["a manifest that is none", () => archive("{"), /not one that this version reads/],
])("openBundle() refuses %s", async (_, bytes, message) => {
  await expect(openBundle(await written(bytes()))).rejects.toMatchObject({
    code: "RUNTIME_INVALID",
    message: expect.stringMatching(message),
  });
});

test("openBundle() refuses a file that is not there", async () => {
  await expect(openBundle(join(folder, "missing"))).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
});
