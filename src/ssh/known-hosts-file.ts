import { readFile, stat } from "node:fs/promises";

import { KnownHostsIndex } from "./known-hosts-index.ts";
import { parseKnownHosts } from "./known-hosts.ts";
import { SshError } from "./ssh-error.ts";

interface ReadFile {
  /** What a change of the file changes. */
  readonly stamp: string;
  readonly index: Promise<KnownHostsIndex>;
}

/** Files as they were read last: all hosts of a run look into the same ones, and each of them may have a line there. */
const files = new Map<string, ReadFile>();

/**
 * Reads a `known_hosts` file, unless it is as it was when it was read last; one that is not there has no lines.
 *
 * @throws {SshError} `FILE_UNREADABLE`
 */
export async function readKnownHostsFile(file: string): Promise<KnownHostsIndex> {
  const stamp = await readable(file, () => stampOf(file));
  const before = files.get(file);
  if (before?.stamp === stamp) return before.index;
  const index = readable(file, () => readIfThere(file)).then(
    (text) => new KnownHostsIndex(parseKnownHosts(text, file)),
  );
  files.set(file, { stamp, index });
  try {
    return await index;
  } catch (error) {
    files.delete(file);
    throw error;
  }
}

/** Reads what is in a `known_hosts` file. @throws {SshError} `FILE_UNREADABLE` */
export async function readKnownHostsText(file: string): Promise<string> {
  return readable(file, () => readIfThere(file));
}

async function stampOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Not taken for empty: all hosts would look unknown and, with accept-new, be trusted again. */
async function readable<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new SshError(
      `Cannot read the known hosts file "${file}": ${(error as NodeJS.ErrnoException).code}`,
      {
        code: "FILE_UNREADABLE",
        hint: "Make it readable for you, or name another one with fusion_known_hosts_file",
        cause: error,
      },
    );
  }
}
