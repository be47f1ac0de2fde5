import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { FusionPlayError } from "../errors.ts";
import { MAX_BEAM_BYTES } from "./iff.ts";
import { unreadable } from "./unreadable.ts";

/**
 * Reads a `.beam` file whole. Small files share memory.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`; `MODULE_INVALID` if it is too large to be one
 */
export function readBeamFile(file: string): Buffer {
  let opened: number | undefined;
  try {
    opened = openSync(file, "r");
    const small = readSmall(opened);
    if (small !== undefined) return small;
    const { size } = fstatSync(opened);
    if (size <= MAX_BEAM_BYTES) return readLarge(opened, size);
  } catch (cause) {
    throw unreadable(`"${file}"`, cause);
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
  throw new FusionPlayError(`Cannot use "${file}": it is larger than any .beam file`, {
    code: "MODULE_INVALID",
    hint: "Compile it again",
  });
}

const SLAB_BYTES = 1024 * 1024;
const SMALL_BYTES = SLAB_BYTES / 8;
let slab: Buffer = Buffer.alloc(0);
/** Where the free part of the slab begins. */
let slabFree = 0;

/**
 * Reads a file that is smaller than most are: without asking for its size, and into memory that
 * others have their place in as well. With thousands of files, either takes longer than to read.
 * Gives undefined for a larger one.
 */
function readSmall(opened: number): Buffer | undefined {
  if (slab.length - slabFree < SMALL_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    slabFree = 0;
  }
  const start = slabFree;
  const size = readSync(opened, slab, start, SMALL_BYTES, 0);
  if (size === SMALL_BYTES) return undefined;
  slabFree += size;
  return slab.subarray(start, slabFree);
}

/** Gives less than `size` bytes if the file has become shorter since. */
function readLarge(opened: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for (let read = -1; read !== 0 && filled < size; filled += read) {
    read = readSync(opened, bytes, filled, size - filled, filled);
  }
  return bytes.subarray(0, filled);
}
