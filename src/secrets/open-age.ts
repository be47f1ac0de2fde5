import type { Secret } from "../secret.ts";
import type { Opened } from "./opened.ts";

/** The text of an identity: `AGE-SECRET-KEY-1…`. */
export type AgeIdentity = Secret;

const HEADER = "age-encryption.org/v1\n";
const ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";

/** Whether bytes begin as age's format does, or as its form in ASCII. */
export function isAgeFile(bytes: Uint8Array): boolean {
  const beginning = Buffer.from(bytes.subarray(0, 256)).toString("latin1");
  return beginning.startsWith(HEADER) || beginning.trimStart().startsWith(ARMOR);
}

/**
 * Opens what age has encrypted for one of the identities.
 *
 * @see https://age-encryption.org/v1
 */
export async function openAge(bytes: Uint8Array, identities: readonly AgeIdentity[]): Promise<Opened> {
  if (!isAgeFile(bytes)) return malformed("it does not begin as age's files do");
  if (identities.length === 0) {
    return {
      problem: "is encrypted by age, and no identity is given",
      hint: "Name a file with one, with --age-identity",
    };
  }
  // Only those who have such a file wait for this.
  const { armor, Decrypter } = await import("age-encryption");
  try {
    const binary = Buffer.from(bytes).toString("latin1", 0, HEADER.length) === HEADER;
    const file = binary ? bytes : armor.decode(Buffer.from(bytes).toString("latin1"));
    const decrypter = new Decrypter();
    for (const identity of identities) decrypter.addIdentity(identity.reveal());
    return { bytes: await decrypter.decrypt(file) };
  } catch (error) {
    const { message } = error as Error;
    if (!message.startsWith("no identity matched")) return malformed(message);
    return {
      problem: "is encrypted by age, and no identity fits",
      hint: "Encrypt it for the recipient of your identity: age -r; a passphrase is not asked for",
    };
  }
}

function malformed(reason: string): Opened {
  return { problem: `is no file of age: ${reason}`, hint: "Encrypt it anew" };
}
