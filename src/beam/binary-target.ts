import type { BinaryTarget } from "../engine/shipped-application.ts";

/** Gives so many bytes at a position of a file, or fewer where it ends. */
export type ReadAt = (position: number, length: number) => Uint8Array;

/**
 * Reads from the header of a program or shared library what it was built for. Gives undefined for
 * anything else, broken headers as well: whether it can be loaded is decided where it is loaded.
 *
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
export function readBinaryTarget(readAt: ReadAt): BinaryTarget | undefined {
  try {
    const magic = viewAt(readAt, 0, 4).getUint32(0);
    if (magic === ELF_MAGIC) return elfTarget(readAt);
    return machTarget(readAt, magic);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // it ends too early
    throw error;
  }
}

/** @throws {RangeError} the file ends before */
function viewAt(readAt: ReadAt, position: number, length: number): DataView {
  const bytes = readAt(position, length);
  if (bytes.length < length) throw new RangeError("The file ends too early");
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

const ELF_MAGIC = 0x7f454c46;

/** `e_machine`, where the class and the order of bytes do not matter. */
const ELF_MACHINES: Readonly<Record<number, string>> = {
  2: "sparc",
  3: "i386",
  20: "powerpc",
  40: "arm",
  43: "sparc64",
  62: "x86_64",
  183: "aarch64",
  258: "loongarch64",
};

/**
 * Reads the head of an ELF file.
 *
 *     4      1       1      ...  16      18         20   28/32    42/54        44/56
 *     Magic | Class | Data |    | Type  | Machine |    | PhOff |  PhEntSize | PhNum
 */
function elfTarget(readAt: ReadAt): BinaryTarget | undefined {
  const head = viewAt(readAt, 0, 64);
  const bits = head.getUint8(4) === 2 ? 64 : 32;
  const elf: Elf = { readAt, bits, isLittle: head.getUint8(5) === 1 };
  const machine = elfMachine(head.getUint16(18, elf.isLittle), elf);
  if (machine === undefined) return undefined;
  return { format: "elf", machines: [machine], bits, libc: libcOf(neededLibraries(head, elf)) };
}

interface Elf {
  readonly readAt: ReadAt;
  readonly bits: 32 | 64;
  readonly isLittle: boolean;
}

function elfMachine(machine: number, { bits, isLittle }: Elf): string | undefined {
  switch (machine) {
    case 8:
      return `mips${bits === 64 ? "64" : ""}${isLittle ? "el" : ""}`;
    case 21:
      return isLittle ? "powerpc64le" : "powerpc64";
    case 22:
      return bits === 64 ? "s390x" : "s390";
    case 243:
      return `riscv${bits}`;
    default:
      return ELF_MACHINES[machine];
  }
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
/** More than any file has; what is broken may claim anything. */
const MAX_HEADERS = 256;
const MAX_ENTRIES = 4096;
const MAX_NAME_BYTES = 256;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** The names of the libraries that an ELF file asks for: its entries `DT_NEEDED`. */
function neededLibraries(head: DataView, elf: Elf): string[] {
  const segments = segmentsOf(head, elf);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined) return [];
  const word = elf.bits / 8;
  const count = Math.min(Math.floor(dynamic.size / (2 * word)), MAX_ENTRIES);
  const table = viewAt(elf.readAt, dynamic.offset, count * 2 * word);
  const entries = Array.from({ length: count }, (_, index) => ({
    tag: wordAt(table, index * 2 * word, elf),
    value: wordAt(table, (index * 2 + 1) * word, elf),
  }));
  const strings = entries.find(({ tag }) => tag === DT_STRTAB)?.value;
  const holder = segments.find(
    ({ type, address, size }) =>
      type === PT_LOAD && strings !== undefined && strings >= address && strings < address + size,
  );
  if (holder === undefined || strings === undefined) return [];
  const start = strings - holder.address + holder.offset;
  return entries.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => textAt(elf.readAt, start + value));
}

/** The program headers: `Type Flags Offset Address …` with 64 bits, `Type Offset Address …` with 32. */
function segmentsOf(head: DataView, elf: Elf): Segment[] {
  const [tableField, sizeField, countField] = elf.bits === 64 ? [32, 54, 56] : [28, 42, 44];
  const start = wordAt(head, tableField, elf);
  const size = head.getUint16(sizeField, elf.isLittle);
  const count = Math.min(head.getUint16(countField, elf.isLittle), MAX_HEADERS);
  const [offset, address, fileSize] = elf.bits === 64 ? [8, 16, 32] : [4, 8, 16];
  const table = viewAt(elf.readAt, start, size * count);
  return Array.from({ length: count }, (_, index) => ({
    type: table.getUint32(index * size, elf.isLittle),
    offset: wordAt(table, index * size + offset, elf),
    address: wordAt(table, index * size + address, elf),
    size: wordAt(table, index * size + fileSize, elf),
  }));
}

function wordAt(view: DataView, position: number, { bits, isLittle }: Elf): number {
  return bits === 64 ? Number(view.getBigUint64(position, isLittle)) : view.getUint32(position, isLittle);
}

function textAt(readAt: ReadAt, position: number): string {
  const bytes = Buffer.from(readAt(position, MAX_NAME_BYTES));
  const end = bytes.indexOf(0);
  return bytes.toString("latin1", 0, end === -1 ? bytes.length : end);
}

function libcOf(libraries: readonly string[]): BinaryTarget["libc"] {
  if (libraries.some((name) => /^libc\.musl-|^libc\.so$|^ld-musl-/.test(name))) return "musl";
  return libraries.includes("libc.so.6") ? "glibc" : undefined;
}

const MACH_32 = 0xcefaedfe;
const MACH_64 = 0xcffaedfe;
const FAT_32 = 0xcafebabe;
const FAT_64 = 0xcafebabf;
const CPU_64_BITS = 0x01000000;
const CPUS: Readonly<Record<number, string>> = {
  7: "i386",
  12: "arm",
  [CPU_64_BITS + 7]: "x86_64",
  [CPU_64_BITS + 12]: "aarch64",
};
/** A class file of Java begins like a fat file, and goes on with a version that is greater. */
const MAX_FAT = 16;

/**
 * Reads the head of a file of macOS, or of a fat one that holds several.
 *
 *     4       4                      4       4       20 or 32 each
 *     Magic | CpuType …        or    Magic | Count | CpuType …
 *
 * @see https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h
 */
function machTarget(readAt: ReadAt, magic: number): BinaryTarget | undefined {
  const cpus: number[] = [];
  if (magic === MACH_32 || magic === MACH_64) {
    cpus.push(viewAt(readAt, 4, 4).getUint32(0, true));
  } else if (magic === FAT_32 || magic === FAT_64) {
    const count = viewAt(readAt, 4, 4).getUint32(0);
    if (count > MAX_FAT) return undefined;
    const size = magic === FAT_32 ? 20 : 32;
    for (let index = 0; index < count; index++) cpus.push(viewAt(readAt, 8 + index * size, 4).getUint32(0));
  }
  const machines = cpus.flatMap((cpu) => CPUS[cpu] ?? []);
  if (machines.length === 0) return undefined;
  const bits = cpus.some((cpu) => cpu >= CPU_64_BITS) ? 64 : 32;
  return { format: "mach-o", machines, bits, libc: undefined };
}
