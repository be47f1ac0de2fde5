import { expect, test } from "vitest";
import { ByteReader } from "../../src/bytes/byte-reader.ts";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { readCompactTerm, skipOperands } from "../../src/beam/compact-term.ts";

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

test("skipOperands() steps over lists, registers, literals and allocations as one operand each", () => {
  const list = [0x17, 0x20, 0x13, 0x23];
  const floatRegister = [0x27, 0x10];
  const allocation = [0x37, 0x20, 0x00, 0x10, 0x10, 0x20];
  const literal = [0x47, 0x30];
  const typedRegister = [0x57, 0x13, 0x20];
  const operands = reader(...list, ...floatRegister, ...allocation, ...literal, ...typedRegister, 0xaa);
  skipOperands(operands, 5);
  expect(operands.remaining).toBe(1);
});

test("skipOperands() refuses a list that is longer than the code, and unknown tags", () => {
  expect(() => skipOperands(reader(0x17, 0x78, 0, 0, 0, 1, 0), 1)).toThrow(DecodeError);
  expect(() => skipOperands(reader(0x67, 0x10), 1)).toThrow("extended tag 6");
});

test("skipOperands() does not recurse into lists in lists", () => {
  const nested = Array.from({ length: 50_000 }, () => [0x17, 0x10]).flat();
  const operands = reader(...nested, 0x10);
  skipOperands(operands, 1);
  expect(operands.remaining).toBe(0);
});
