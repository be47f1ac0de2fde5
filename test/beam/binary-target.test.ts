import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readBinaryTarget, type ReadAt } from "../../src/beam/binary-target.ts";
import type { BinaryTarget } from "../../src/engine/shipped-application.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const HERE = { x64: "x86_64", arm64: "aarch64" }[process.arch as "x64" | "arm64"];

function reader(bytes: Uint8Array): ReadAt {
  return (position, length) => Buffer.from(bytes.subarray(position, position + length));
}

function targetOf(bytes: Uint8Array): BinaryTarget | undefined {
  return readBinaryTarget(reader(bytes));
}

/** Builds a shared library from C, and gives its path. */
function library(
  name: string,
  options: readonly string[],
  source = "int answer(void) { return 42; }\n",
): string {
  writeFileSync(join(folder, `${name}.c`), source);
  const path = join(folder, name);
  execFileSync("cc", ["-shared", "-fPIC", "-o", path, join(folder, `${name}.c`), ...options]);
  return path;
}

/** The head of an ELF file without any program header. */
function elfHead(fields: { bits: 32 | 64; isLittle: boolean; machine: number }): Uint8Array {
  const head = new DataView(new ArrayBuffer(64));
  head.setUint32(0, 0x7f454c46);
  head.setUint8(4, fields.bits === 64 ? 2 : 1);
  head.setUint8(5, fields.isLittle ? 1 : 2);
  head.setUint16(16, 3, fields.isLittle);
  head.setUint16(18, fields.machine, fields.isLittle);
  return new Uint8Array(head.buffer);
}

test.runIf(process.platform === "linux")("readBinaryTarget() reads what the compiler here makes", () => {
  const uses = '#include <stdio.h>\nint answer(void) { return puts("42"); }\n';
  const glibc = targetOf(readFileSync(library("uses.so", [], uses)));
  expect(glibc).toMatchObject({ format: "elf", machines: [HERE], bits: 64 });
  expect(glibc?.libc).toBe(execFileSync("ldd", ["--version"]).toString().match(/musl/) ? "musl" : "glibc");
  // A library that needs no C library does not say which one there is.
  expect(targetOf(readFileSync(library("bare.so", ["-nostdlib"])))?.libc).toBeUndefined();
  // What is linked with musl names it so on Alpine.
  const musl = library("libc.musl-x86_64.so.1", ["-nostdlib", "-Wl,-soname,libc.musl-x86_64.so.1"]);
  const linked = library("linked.so", ["-nostdlib", "-Wl,--no-as-needed", musl]);
  expect(targetOf(readFileSync(linked))).toMatchObject({ format: "elf", machines: [HERE], libc: "musl" });
  // Programs have a target, too.
  expect(targetOf(readFileSync(process.execPath))).toMatchObject({
    format: "elf",
    machines: [HERE],
    bits: 64,
  });
});

test.each([
  ["aarch64", 64, true, 183],
  ["x86_64", 64, true, 62],
  ["i386", 32, true, 3],
  ["arm", 32, true, 40],
  ["s390x", 64, false, 22],
  ["powerpc64le", 64, true, 21],
  ["powerpc64", 64, false, 21],
  ["riscv64", 64, true, 243],
  ["riscv32", 32, true, 243],
  ["mips64el", 64, true, 8],
  ["mips", 32, false, 8],
] as const)("readBinaryTarget() knows ELF files for %s", (machine, bits, isLittle, number) => {
  expect(targetOf(elfHead({ bits, isLittle, machine: number }))).toEqual({
    format: "elf",
    machines: [machine],
    bits,
    libc: undefined,
  });
});

test("readBinaryTarget() knows files of macOS, thin and fat", () => {
  const arm = Buffer.from("cffaedfe0c00000100000000060000000000000000000000", "hex");
  expect(targetOf(arm)).toEqual({ format: "mach-o", machines: ["aarch64"], bits: 64, libc: undefined });
  const fat = Buffer.from(
    `cafebabe00000002${"01000007000000030000400000010000000000e"}0${"0100000c000000000001800000010000000000e"}0`,
    "hex",
  );
  expect(targetOf(fat)?.machines).toEqual(["x86_64", "aarch64"]);
});

test("readBinaryTarget() gives nothing for what is something else", () => {
  const javaClass = Buffer.from("cafebabe00000034001d0a0006000f", "hex");
  const unknownMachine = elfHead({ bits: 64, isLittle: true, machine: 9999 });
  for (const bytes of [
    javaClass,
    unknownMachine,
    Buffer.from("#!/bin/sh\n"),
    Buffer.alloc(0),
    Buffer.alloc(200),
  ]) {
    expect(targetOf(bytes)).toBeUndefined();
  }
});

test.runIf(process.platform === "linux")("readBinaryTarget() copes with any damage", () => {
  const whole = readFileSync(library("damaged.so", []));
  const head = whole.subarray(0, 4096);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { maxLength: 8 }),
      fc.nat(whole.length),
      (changes, length) => {
        const bytes = Buffer.from(whole);
        for (const [position, value] of changes) bytes[position] = value;
        targetOf(bytes.subarray(0, length));
      },
    ),
  );
  expect(targetOf(head)?.machines ?? [HERE]).toEqual([HERE]);
});
