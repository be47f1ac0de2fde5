import { randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { access, type FileHandle, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FusionPlayError } from "../errors.ts";

/**
 * Checks that a report can be written to `file`, before a run of an hour finds out.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export async function checkReportFolder(file: string): Promise<void> {
  const folder = dirname(file);
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) {
    throw unwritable(file, { state: `folder "${folder}" does not exist`, hint: "Create the folder" });
  }
  if (!found.isDirectory()) {
    throw unwritable(file, { state: `"${folder}" is not a folder`, hint: "Name a file in a folder" });
  }
  const target = await stat(file).catch(() => undefined);
  if (target?.isDirectory() === true) {
    throw unwritable(file, { state: "it is a folder", hint: "Name a file in it" });
  }
  // A device or a pipe is written itself; a file is replaced, for which its folder counts.
  const written = target === undefined || target.isFile() ? folder : file;
  try {
    await access(written, constants.W_OK);
  } catch (cause) {
    const state = `no permission to write "${written}"`;
    throw unwritable(file, { state, hint: "Change its permissions, or write the report elsewhere", cause });
  }
}

/** So many characters are written at a time, at least. */
const BLOCK_CHARACTERS = 64 * 1024;

/**
 * Writes a report, whose pieces are made while it is written. Whoever reads the file sees the old report or the new
 * one, never half of one.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export async function writeReportFile(file: string, pieces: string | Iterable<string>): Promise<void> {
  const blocks = typeof pieces === "string" ? [pieces] : blocksOf(pieces);
  try {
    const target = await realpath(file).catch(() => file);
    const found = await stat(target).catch(() => undefined);
    if (found === undefined || found.isFile()) await replaceFile(target, blocks, found);
    else await writeInto(await open(target, "w"), blocks);
  } catch (cause) {
    const state = cause instanceof Error ? cause.message : String(cause);
    throw unwritable(file, { state, hint: "Check the folder, its permissions and the disk", cause });
  }
}

/** @param old the file that is there, if any: who may read it may read the report */
async function replaceFile(file: string, blocks: Iterable<string>, old: Stats | undefined): Promise<void> {
  // In the same folder, as only there a rename is atomic.
  const temporary = join(dirname(file), `.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx", old && permissionsOf(old));
    if (old !== undefined) await openTo(handle, old);
    await writeInto(handle, blocks);
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Lets a file be read by whom another one is for, as far as the user may say so and the file system knows it. */
async function openTo(handle: FileHandle, other: Stats): Promise<void> {
  await handle.chown(other.uid, other.gid).catch(() => {});
  await handle.chmod(permissionsOf(other)).catch(() => {});
}

function permissionsOf({ mode }: Stats): number {
  return mode & 0o777;
}

async function writeInto(handle: FileHandle, blocks: Iterable<string>): Promise<void> {
  try {
    for (const block of blocks) await handle.writeFile(block);
  } finally {
    await handle.close();
  }
}

function* blocksOf(pieces: Iterable<string>): Generator<string> {
  let block = "";
  for (const piece of pieces) {
    block += piece;
    if (block.length < BLOCK_CHARACTERS) continue;
    yield block;
    block = "";
  }
  yield block;
}

function unwritable(
  file: string,
  { state, hint, cause }: { state: string; hint: string; cause?: unknown },
): FusionPlayError {
  return new FusionPlayError(`Cannot write the report "${file}": ${state}`, {
    code: "FILE_UNREADABLE",
    hint,
    cause,
  });
}
