import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { MAX_BEAM_BYTES, readChunks, writeChunks } from "../../src/beam/iff.ts";
import { parseBeam } from "../../src/beam/parse-beam.ts";
import { compileErlang } from "./compiled-project.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const chunks = new Map([
  ["Odd1", Buffer.from("a")],
  ["Even", Buffer.from("abcd")],
  ["None", Buffer.alloc(0)],
]);

test("readChunks() gives back what writeChunks() wrote, padding and order included", () => {
  const bytes = writeChunks(chunks);
  expect(bytes.length % 4).toBe(0);
  expect(Array.from(readChunks(bytes), ([name, content]) => [name, Buffer.from(content).toString()])).toEqual(
    [
      ["Odd1", "a"],
      ["Even", "abcd"],
      ["None", ""],
    ],
  );
});

test("readChunks() reads what erlc +compressed writes", () => {
  const text = "-module(squeezed).\n-export([a/0]).\na() -> squeezed.\n";
  const file = compileErlang({ folder, module: "squeezed", text }, ["+compressed"]);
  const bytes = readFileSync(file);
  expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  expect(parseBeam(bytes).exports.map(({ name }) => name)).toContain("a");
});

test("readChunks() refuses a small file that inflates beyond the limit", () => {
  const bomb = gzipSync(Buffer.alloc(MAX_BEAM_BYTES + 1));
  expect(bomb.length).toBeLessThan(1024 * 1024);
  expect(() => readChunks(bomb)).toThrow(DecodeError);
});

test("readChunks() refuses what is no .beam file", () => {
  const other = Buffer.from(writeChunks(chunks));
  other.write("AIFF", 8);
  for (const bytes of [Buffer.alloc(0), Buffer.from("FOR1"), Buffer.from("#!/bin/sh\nexit 0\n"), other]) {
    expect(() => readChunks(bytes)).toThrow(DecodeError);
  }
});

test("readChunks() refuses a chunk that is larger than the file", () => {
  const bytes = Buffer.from(writeChunks(chunks));
  bytes.writeUInt32BE(0xffff_ffff, 16);
  expect(() => readChunks(bytes)).toThrow("chunk Odd1");
});
