import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { atom, isTuple, type Term } from "../../src/etf/term.ts";
import { uploadOverLink } from "../../src/remote/link-upload.ts";

test("uploadOverLink() sends pieces that a slow way takes in time, in order", async () => {
  const folder = await mkdtemp(join(tmpdir(), "link-upload-"));
  const from = join(folder, "file");
  const bytes = 600 * 1024;
  await writeFile(from, Buffer.alloc(bytes, "fusion"));
  const pieces: Uint8Array[] = [];
  const modes: Term[] = [];
  await uploadOverLink([{ from, to: "/there", bytes, mode: 0o600 }], {
    host: "web1",
    ask: async (request) => {
      const [, , how, piece] = isTuple(request, 4) ? request.elements : [];
      modes.push(how ?? 0);
      pieces.push(piece as Uint8Array);
      return atom("ok");
    },
    signal: AbortSignal.timeout(10_000),
  });
  expect(modes).toEqual([0o600, atom("more"), atom("more")]);
  expect(Math.max(...pieces.map(({ byteLength }) => byteLength))).toBe(256 * 1024);
  expect(Buffer.concat(pieces).equals(await readFile(from))).toBe(true);
  await rm(folder, { recursive: true });
});
