import type { BigIntStats } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../folders/make-folder.ts";
import { KnownHostsIndex } from "./known-hosts-index.ts";
import { parseKnownHosts } from "./known-hosts.ts";
import { SshError } from "./ssh-error.ts";
import { UnchangedFiles } from "./unchanged-files.ts";

interface KnownHostsText {
  readonly index: KnownHostsIndex;
  readonly bytes: number;
  readonly lineBreaks: number;
  /** Whether the last line is without an end. */
  readonly isOpen: boolean;
}

const files = new UnchangedFiles(async (file): Promise<KnownHostsText> => {
  const text = await readText(file);
  return {
    index: new KnownHostsIndex(parseKnownHosts(text.toString("utf8"), file)),
    ...measureOf(text),
  };
});

/**
 * Reads a `known_hosts` file, unless it is as it was when it was read last; one that is not there has no lines.
 *
 * @throws {SshError} `FILE_UNREADABLE`
 */
export async function readKnownHostsFile(file: string): Promise<KnownHostsIndex> {
  return (await files.get(file)).index;
}

/**
 * Adds a line to a `known_hosts` file, which is made if it is not there. The file is not read again for that, unless
 * others have changed it meanwhile.
 *
 * @param line with its line break
 * @throws {SshError} `FILE_UNREADABLE`
 * @throws {Error} of the system, if it cannot be written
 */
export async function appendToKnownHostsFile(file: string, line: string): Promise<void> {
  makeFolder(dirname(file), 0o700);
  await files.change(file, async ({ index, bytes, lineBreaks, isOpen }) => {
    const added = Buffer.from(isOpen ? `\n${line}` : line);
    const stats = await appendAtOnce(file, added);
    // Otherwise others have written, too.
    if (stats.size !== BigInt(bytes + added.length)) return undefined;
    index.add(parseKnownHosts(added.toString("utf8"), file, lineBreaks));
    const more = measureOf(added);
    const made = { ...more, index, bytes: bytes + more.bytes, lineBreaks: lineBreaks + more.lineBreaks };
    return { made, stats };
  });
}

/** One write to a file opened for appending is never torn apart by another one. */
async function appendAtOnce(file: string, bytes: Buffer): Promise<BigIntStats> {
  const handle = await open(file, "a", 0o600);
  try {
    await handle.write(bytes);
    return await handle.stat({ bigint: true });
  } finally {
    await handle.close();
  }
}

const LINE_BREAK = 10;

function measureOf(text: Buffer): Omit<KnownHostsText, "index"> {
  let lineBreaks = 0;
  for (let at = text.indexOf(LINE_BREAK); at >= 0; at = text.indexOf(LINE_BREAK, at + 1)) lineBreaks++;
  return { bytes: text.length, lineBreaks, isOpen: text.length > 0 && text.at(-1) !== LINE_BREAK };
}

async function readText(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return Buffer.alloc(0);
    // Not taken for empty: all hosts would look unknown and, with accept-new, be trusted again.
    throw new SshError(`Cannot read the known hosts file "${file}": ${code}`, {
      code: "FILE_UNREADABLE",
      hint: "Make it readable for you, or name another one with fusion_known_hosts_file",
      cause: error,
    });
  }
}
