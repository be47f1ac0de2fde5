import { open, type FileHandle } from "node:fs/promises";
import { FusionPlayError } from "../errors.ts";

/**
 * Opens a file of this machine that a host gets.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export async function openUploadSource(file: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (cause) {
    throw unreadableSource(file, "it cannot be opened", cause);
  }
}

/**
 * Reads such a file as a whole.
 *
 * @param bytes how large it must be
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export async function readUploadSource(file: string, bytes: number): Promise<Uint8Array> {
  await using source = await openUploadSource(file);
  const content = await source.readFile().catch((error: unknown) => {
    throw readFailure(file, error);
  });
  if (content.length !== bytes) throw changedSource(file);
  return content;
}

/** Why an attempt to read such a file failed: an error of the system, or any other one as it is. */
export function readFailure(file: string, error: unknown): unknown {
  const isOfSystem = error instanceof Error && "syscall" in error;
  return isOfSystem ? unreadableSource(file, "it cannot be read", error) : error;
}

/** Says that a file has another size than was known of it. */
export function changedSource(file: string): FusionPlayError {
  return unreadableSource(file, "it was changed while it was read");
}

function unreadableSource(file: string, state: string, cause?: unknown): FusionPlayError {
  return new FusionPlayError(`Cannot upload "${file}": ${state}`, {
    code: "FILE_UNREADABLE",
    hint: "Check the permissions of the file, and that nothing builds it at the same time",
    cause,
  });
}
