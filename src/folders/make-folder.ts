import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder, and those that it is in, where they are not there. Node's own way never returns where a folder is
 * there in which the system finds no place for another one, such as `/proc`: it goes on making the one above.
 *
 * @param mode permissions of the folders that are made
 * @returns the outermost folder that was made; undefined if all were there
 * @throws {Error} of the system
 */
export function makeFolder(folder: string, mode = 0o777): string | undefined {
  if (isFolder(folder)) return undefined;
  const parent = dirname(folder);
  const outermost = parent === folder ? undefined : makeFolder(parent, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(folder)) throw error;
    return outermost;
  }
  return outermost ?? folder;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
