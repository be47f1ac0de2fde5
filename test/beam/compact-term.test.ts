import { expect, test } from "vitest";
import { ByteReader } from "../../src/bytes/byte-reader.ts";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { readCompactTerm } from "../../src/beam/compact-term.ts";

function reader(...bytes: readonly number[]): ByteReader {
  return new ByteReader(Uint8Array.from(bytes));
}

test("readCompactTerm() reads numbers of every size", () => {
  expect(readCompactTerm(reader(0xf0))).toEqual({ tag: 0, value: 15 });
  expect(readCompactTerm(reader(0xea, 0xff))).toEqual({ tag: 2, value: 2047 });
  expect(readCompactTerm(reader(0x19, 0x08, 0x00))).toEqual({ tag: 1, value: 2048 });
  expect(readCompactTerm(reader(0x99, 1, 2, 3, 4, 5, 6))).toEqual({ tag: 1, value: 0x01_02_03_04_05_06 });
});

test("readCompactTerm() steps over numbers that no index can have", () => {
  const nineBytes = reader(0xf9, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x10);
  expect(readCompactTerm(nineBytes)).toEqual({ tag: 1, value: NaN });
  expect(nineBytes.remaining).toBe(1);
  expect(() => readCompactTerm(reader(0xf9, 0xf8))).toThrow(DecodeError);
});
