import { existsSync, lstatSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { FusionPlayError } from "../errors.ts";
import { makeFolder } from "../folders/make-folder.ts";
import { SOCKET } from "./agent-message.ts";

/** What the path of a socket may be long, with a byte to spare on every system. */
const MAX_PATH_BYTES = 100;

/**
 * The path of the socket of the process that holds sessions: in `fusion-play` below `$XDG_RUNTIME_DIR`, or in
 * `fusion-play/sessions` below `$XDG_CACHE_HOME` or `~/.cache`. The folder is made if it is not there, and is nobody
 * else's.
 *
 * @throws {FusionPlayError} `SESSIONS_FAILED`
 */
export function agentSocket(): string {
  const folder = folderOf(process.env);
  try {
    makeFolder(folder, 0o700);
  } catch (cause) {
    throw unusable(folder, "it cannot be made", cause);
  }
  if (!isPrivate(folder)) throw unusable(folder, "it is not private");
  const path = join(folder, SOCKET);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw unusable(folder, "its path is too long for a socket");
  return path;
}

/** The same path where there is a socket; undefined where nothing can be held. */
export function findAgentSocket(): string | undefined {
  const folder = folderOf(process.env);
  const path = join(folder, SOCKET);
  return existsSync(path) && isPrivate(folder) ? path : undefined;
}

function isPrivate(folder: string): boolean {
  const stats = lstatSync(folder);
  return stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
}

function folderOf(environment: NodeJS.ProcessEnv): string {
  const { XDG_RUNTIME_DIR: runtime = "", XDG_CACHE_HOME: cache = "" } = environment;
  if (isAbsolute(runtime)) return join(runtime, "fusion-play");
  return join(isAbsolute(cache) ? cache : join(homedir(), ".cache"), "fusion-play", "sessions");
}

function unusable(folder: string, state: string, cause?: unknown): FusionPlayError {
  return new FusionPlayError(`Cannot hold sessions in "${folder}": ${state}`, {
    code: "SESSIONS_FAILED",
    hint: "Make it a folder of mode 0700 of yours, or set XDG_RUNTIME_DIR to another one",
    cause,
  });
}
