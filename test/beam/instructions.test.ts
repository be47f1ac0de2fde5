import { expect, test } from "vitest";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { InstructionReader, OPCODE, OPERAND } from "../../src/beam/instructions.ts";

interface Instruction {
  readonly opcode: number;
  readonly operands: readonly (readonly [kind: number, value: number])[];
}

function read(...code: readonly number[]): Instruction[] {
  const reader = new InstructionReader(Uint8Array.from(code));
  const found: Instruction[] = [];
  while (reader.next()) {
    const operands = Array.from(
      { length: reader.count },
      (_, index) => [reader.kinds[index] ?? -1, reader.values[index] ?? -1] as const,
    );
    found.push({ opcode: reader.opcode, operands });
  }
  return found;
}

test("InstructionReader reads numbers of every size, and what kind of operand each is", () => {
  expect(read(OPCODE.call, 0xf0, 0xed, 0xff)).toEqual([
    {
      opcode: OPCODE.call,
      operands: [
        [OPERAND.unsigned, 15],
        [OPERAND.label, 2047],
      ],
    },
  ]);
  const [move] = read(OPCODE.move, 0x99, 1, 2, 3, 4, 5, 6, 0x13);
  expect(move?.operands).toEqual([
    [OPERAND.integer, 0x01_02_03_04_05_06],
    [OPERAND.x, 1],
  ]);
  const [large] = read(OPCODE.move, 0xf9, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x24);
  expect(large?.operands).toEqual([
    [OPERAND.integer, NaN],
    [OPERAND.y, 2],
  ]);
});

test("InstructionReader puts what a list holds behind it, and reads literals and typed registers as one operand", () => {
  const selectVal = [59, 0x57, 0x13, 0x20, 0x35, 0x17, 0x20, 0x12, 0x45];
  const [select, move] = read(...selectVal, OPCODE.move, 0x47, 0x30, 0x03);
  expect(select?.operands).toEqual([
    [OPERAND.x, 1],
    [OPERAND.label, 3],
    [OPERAND.list, 2],
    [OPERAND.atom, 1],
    [OPERAND.label, 4],
  ]);
  expect(move?.operands).toEqual([
    [OPERAND.literal, 3],
    [OPERAND.x, 0],
  ]);
  const [testHeap] = read(16, 0x37, 0x20, 0x00, 0x10, 0x10, 0x20, 0x30);
  expect(testHeap?.operands).toEqual([0, 1, 1, 2, 3].map((value) => [OPERAND.unsigned, value]));
  expect(read(96, 0x27, 0x10, 0x03)[0]?.operands).toEqual([
    [OPERAND.floatRegister, 1],
    [OPERAND.x, 0],
  ]);
});

test("InstructionReader refuses a list that is longer than the code, unknown tags, and code that ends in an instruction", () => {
  expect(() => read(OPCODE.line, 0x17, 0x78, 0, 0, 0, 1, 0)).toThrow(DecodeError);
  expect(() => read(OPCODE.line, 0x67, 0x10)).toThrow("extended tag 6");
  expect(() => read(OPCODE.line, 0xf9, 0xf8)).toThrow(DecodeError);
  for (const cut of [
    [OPCODE.call, 0x10],
    [OPCODE.line, 0x08],
    [OPCODE.line, 0x18, 1],
    [OPCODE.line, 0xf8],
  ]) {
    expect(() => read(...cut), String(cut)).toThrow(DecodeError);
  }
});

test("InstructionReader does not recurse into lists in lists", () => {
  const nested = Array.from({ length: 50_000 }, () => [0x17, 0x10]).flat();
  expect(read(OPCODE.line, ...nested, 0x10)[0]?.operands).toHaveLength(50_001);
});

test("InstructionReader ends at instructions that are newer than its table, and says so", () => {
  const reader = new InstructionReader(Uint8Array.from([OPCODE.label, 0x10, 250, 0x10]));
  expect([reader.next(), reader.isCutShort]).toEqual([true, false]);
  expect([reader.next(), reader.isCutShort]).toEqual([false, true]);
});
