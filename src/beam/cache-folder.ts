import { lstatSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { FusionPlayError } from "../errors.ts";
import { makeFolder } from "../folders/make-folder.ts";

/**
 * The folder in which compiled sources are kept from one run to the next: `fusion-play` below
 * `$XDG_CACHE_HOME`, or below `~/.cache`. It is made if it is not there.
 *
 * What is in it is shipped to hosts, so nobody else may be able to write to it.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export function cacheFolder(): string {
  const configured = process.env["XDG_CACHE_HOME"] ?? "";
  const folder = join(isAbsolute(configured) ? configured : join(homedir(), ".cache"), "fusion-play");
  try {
    makeFolder(folder, 0o700);
  } catch (cause) {
    throw unusableCache(folder, "it cannot be made", cause);
  }
  const { uid, mode } = lstatSync(folder);
  const isForeign = process.getuid !== undefined && uid !== process.getuid();
  if (isForeign || (mode & 0o022) !== 0) throw unusableCache(folder, "others can write to it");
  return folder;
}

/** Says that nothing can be kept in the cache folder, and why. */
export function unusableCache(folder: string, state: string, cause?: unknown): FusionPlayError {
  return new FusionPlayError(`Cannot use the cache folder "${folder}": ${state}`, {
    code: "FILE_UNREADABLE",
    hint: "Set XDG_CACHE_HOME to a folder with room that only you can write to",
    cause,
  });
}
