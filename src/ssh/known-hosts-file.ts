import { readFile } from "node:fs/promises";

import { KnownHostsIndex } from "./known-hosts-index.ts";
import { parseKnownHosts } from "./known-hosts.ts";
import { SshError } from "./ssh-error.ts";
import { UnchangedFiles } from "./unchanged-files.ts";

const files = new UnchangedFiles(
  async (file) => new KnownHostsIndex(parseKnownHosts(await readKnownHostsText(file), file)),
);

/**
 * Reads a `known_hosts` file, unless it is as it was when it was read last; one that is not there has no lines.
 *
 * @throws {SshError} `FILE_UNREADABLE`
 */
export async function readKnownHostsFile(file: string): Promise<KnownHostsIndex> {
  return files.get(file);
}

/** Reads what is in a `known_hosts` file. @throws {SshError} `FILE_UNREADABLE` */
export async function readKnownHostsText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "";
    // Not taken for empty: all hosts would look unknown and, with accept-new, be trusted again.
    throw new SshError(`Cannot read the known hosts file "${file}": ${code}`, {
      code: "FILE_UNREADABLE",
      hint: "Make it readable for you, or name another one with fusion_known_hosts_file",
      cause: error,
    });
  }
}
