import { randomBytes } from "node:crypto";
import { linkSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { isReached } from "./reach-socket.ts";

/** A name beside another one, and no longer than that of the socket; no two processes get the same. */
export function temporaryName(path: string): string {
  return join(dirname(path), randomBytes(5).toString("hex"));
}

/**
 * Gives a socket that is listened to the name that others look for, unless one that is listened to has it. However many
 * processes do so at the same time, one of them gets it: a name is taken by a link, which fails where there is one, and
 * nobody has it before it listens. What a crash has left is moved away first, and put back if it was not that.
 *
 * @param own its path until now, which it loses
 * @returns whether it has the name
 * @throws {Error} the file system does not do that
 */
export async function publishSocket(own: string, path: string): Promise<boolean> {
  try {
    for (;;) {
      if (isLinked(own, path)) return true;
      if (await isReached(path)) return false;
      const grabbed = temporaryName(path);
      if (!isMoved(path, grabbed)) continue;
      // Somebody else may have taken the name since.
      const isAlive = await isReached(grabbed);
      if (isAlive) isLinked(grabbed, path);
      unlinkSync(grabbed);
      if (isAlive) return false;
    }
  } finally {
    unlinkSync(own);
  }
}

/** What a file is, whatever its names are; undefined where there is none. */
export function fileId(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}

function isLinked(from: string, to: string): boolean {
  return isDone(() => linkSync(from, to), "EEXIST");
}

function isMoved(from: string, to: string): boolean {
  return isDone(() => renameSync(from, to), "ENOENT");
}

function isDone(work: () => void, otherwise: string): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === otherwise) return false;
    throw error;
  }
}
