import { readdir, realpath, stat } from "node:fs/promises";
import { unreadable, unreadablePath } from "./unreadable-path.ts";

/** A folder that was read, on a way from folder to folder. */
export interface Folder {
  /** What is in it, sorted. */
  readonly names: readonly string[];
  /** Its path without links. */
  readonly real: string;
  /** The folder that the way leads through to it. */
  readonly above: Folder | undefined;
}

/**
 * Reads a folder.
 *
 * @param name what messages call it
 * @param above where this is one in another that was read
 * @throws {FusionPlayError} `FILE_UNREADABLE`, also where it leads back to a folder above
 */
export async function readFolder(path: string, name: string, above?: Folder): Promise<Folder> {
  let folder: Folder;
  try {
    folder = { names: (await readdir(path)).toSorted(), real: await realpath(path), above };
  } catch (error) {
    throw await unreadablePath({ path, name }, error as NodeJS.ErrnoException);
  }
  for (let other = above; other !== undefined; other = other.above) {
    if (other.real !== folder.real) continue;
    throw unreadable(name, "it leads back to a folder that it is in", "Remove the link");
  }
  return folder;
}

/** Whether there is a folder. Why something else cannot be read is told where it is read. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
