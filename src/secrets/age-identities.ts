import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { quote } from "../documents/quote.ts";
import { decodeText, readSourceBytes } from "../documents/read-source-file.ts";
import { FusionPlayError } from "../errors.ts";
import { secret } from "../secret.ts";
import { isAgeFile, type AgeIdentity } from "./open-age.ts";
import type { PasswordOptions } from "./vault-passwords.ts";

/**
 * Reads files of age's identities, as `age-keygen` writes them: one a line, with comments. The user is asked for
 * the passphrase of a file that is encrypted itself.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export async function readAgeIdentities(
  files: readonly string[],
  options: PasswordOptions,
): Promise<AgeIdentity[]> {
  const identities: AgeIdentity[] = [];
  for (const file of files) {
    const bytes = await readSourceBytes(pathOf(file, options), file);
    const text = isAgeFile(bytes) ? await decrypt(bytes, file, options) : bytes;
    identities.push(...(await identitiesIn(decodeText(text, file), file)));
  }
  return identities;
}

function pathOf(file: string, { workingDirectory }: PasswordOptions): string {
  return file.startsWith("~/") ? join(homedir(), file.slice(1)) : resolve(workingDirectory, file);
}

async function identitiesIn(text: string, file: string): Promise<AgeIdentity[]> {
  const { Decrypter } = await import("age-encryption");
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.some((line) => line.startsWith("-----BEGIN"))) {
    throw unusable(file, "it is no identity of age", "Make one with age-keygen; keys of SSH are not read");
  }
  for (const [index, line] of lines.entries()) {
    try {
      new Decrypter().addIdentity(line);
    } catch (cause) {
      throw unusable(
        file,
        `its ${ordinal(index)} identity is none`,
        "An identity begins with AGE-SECRET-KEY-",
        cause,
      );
    }
  }
  if (lines.length === 0) throw unusable(file, "it holds no identity", "Make one with age-keygen");
  return lines.map((line) => secret(line));
}

async function decrypt(bytes: Uint8Array, file: string, { ask }: PasswordOptions): Promise<Uint8Array> {
  const { armor, Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  const passphrase = await ask(`Passphrase of the age identity ${quote(file)}: `);
  decrypter.addPassphrase(passphrase.reveal());
  try {
    const text = Buffer.from(bytes).toString("latin1");
    return await decrypter.decrypt(text.startsWith("age-") ? bytes : armor.decode(text));
  } catch (cause) {
    throw unusable(file, "the passphrase does not fit", "Try again", cause);
  }
}

function ordinal(index: number): string {
  return ["first", "second", "third"][index] ?? `${index + 1}th`;
}

function unusable(file: string, state: string, hint: string, cause?: unknown): FusionPlayError {
  return new FusionPlayError(`Cannot use the age identity ${quote(file)}: ${state}`, {
    code: "FILE_UNREADABLE",
    hint,
    cause,
  });
}
