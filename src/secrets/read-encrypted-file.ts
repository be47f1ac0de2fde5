import { DocumentError } from "../documents/document-error.ts";
import { decodeText, readSourceBytes } from "../documents/read-source-file.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { isVaultText } from "./ansible-vault.ts";
import type { Keys } from "./keys.ts";
import { isAgeFile } from "./open-age.ts";
import type { Opened } from "./opened.ts";

/**
 * Reads a text file that may be encrypted, by Ansible Vault or by age. What is told of a file that was encrypted
 * never shows what it holds.
 *
 * @param name what messages call it
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 * @throws {DocumentError} if no key opens it
 */
export async function readEncryptedFile(path: string, name: string, keys: Keys): Promise<SourceFile> {
  const bytes = await readSourceBytes(path, name);
  const opened = await open(bytes, name, keys);
  if (opened === undefined) return { path: name, text: decodeText(bytes, name) };
  if ("bytes" in opened) return { path: name, text: decodeText(opened.bytes, name), isSecret: true };
  const message = `This file ${opened.problem}`;
  const place = { file: name, line: 1, column: 1, sourceLine: undefined };
  throw new DocumentError([{ ...place, message, hint: opened.hint }]);
}

async function open(bytes: Uint8Array, name: string, keys: Keys): Promise<Opened | undefined> {
  if (name.endsWith(AGE_ENDING) || isAgeFile(bytes)) return keys.openAge(bytes);
  const text = Buffer.from(bytes).toString("latin1");
  return isVaultText(text) ? keys.openVault(text) : undefined;
}

/** How the names of files end that age has encrypted. */
export const AGE_ENDING = ".age";

/** The name that a file has before it is encrypted: `web.yml` of `web.yml.age`. */
export function plainName(name: string): string {
  return name.endsWith(AGE_ENDING) ? name.slice(0, -AGE_ENDING.length) : name;
}
