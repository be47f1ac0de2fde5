import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";

/** A text in Ansible Vault's format, taken apart. */
export interface VaultText {
  /** The id that the one who encrypted it gave; `default` where the format has none. It is a hint, and not proved. */
  readonly vaultId: string;
  readonly salt: Uint8Array;
  readonly hmac: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** A text that begins as Ansible Vault's format does and goes on otherwise; the message says how. */
export class VaultFormatError extends Error {
  override readonly name = "VaultFormatError";
}

const HEADER = "$ANSIBLE_VAULT";
const CIPHER = "AES256";
/** The id of passwords and texts that name none. */
export const DEFAULT_VAULT_ID = "default";

/** Whether a text is in Ansible Vault's format. */
export function isVaultText(text: string): boolean {
  return text.startsWith(HEADER);
}

/**
 * Takes a text in format 1.1 or 1.2 apart.
 *
 *     $ANSIBLE_VAULT;1.2;AES256;id
 *     hexadecimal digits of: hex(salt) LF hex(hmac) LF hex(ciphertext), in lines
 *
 * @throws {VaultFormatError}
 * @see https://docs.ansible.com/ansible/latest/vault_guide/vault_using_encrypted_content.html#format-of-files-encrypted-with-ansible-vault
 */
export function parseVaultText(text: string): VaultText {
  const [header = "", ...lines] = text.split(/\r\n|\r|\n/u);
  const [start, version, cipher, vaultId = DEFAULT_VAULT_ID] = header.split(";").map((part) => part.trim());
  if (start !== HEADER) throw new VaultFormatError(`the first line is not ${HEADER};1.1;${CIPHER}`);
  if (version === undefined || cipher === undefined) throw new VaultFormatError("the first line is cut off");
  if (cipher !== CIPHER) throw new VaultFormatError(`only the cipher ${CIPHER} is known`);
  const inner = unhexlify(lines.join("").trim()).toString("latin1");
  const [salt, hmac, ciphertext, ...more] = inner.split("\n");
  if (ciphertext === undefined || more.length > 0) throw new VaultFormatError("it does not have three parts");
  return {
    vaultId,
    salt: unhexlify(salt ?? ""),
    hmac: unhexlify(hmac ?? ""),
    ciphertext: unhexlify(ciphertext),
  };
}

function unhexlify(digits: string): Buffer {
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/iu.test(digits)) {
    throw new VaultFormatError("what follows the first line is not hexadecimal, or is cut off");
  }
  return Buffer.from(digits, "hex");
}

const ITERATIONS = 10_000;
const KEY_BYTES = 32;
const IV_BYTES = 16;

/**
 * Decrypts with a password: keys by PBKDF2 with SHA-256, the check by HMAC with SHA-256, the text by AES-256 in
 * counter mode, with the padding of PKCS #7.
 *
 * @returns undefined if it is the wrong password
 * @throws {VaultFormatError} if the padding is none, although the check holds
 */
export function decryptVaultText(
  { salt, hmac, ciphertext }: VaultText,
  password: Uint8Array,
): Uint8Array | undefined {
  const keys = pbkdf2Sync(password, salt, ITERATIONS, 2 * KEY_BYTES + IV_BYTES, "sha256");
  const expected = createHmac("sha256", keys.subarray(KEY_BYTES, 2 * KEY_BYTES))
    .update(ciphertext)
    .digest();
  if (hmac.byteLength !== expected.byteLength || !timingSafeEqual(hmac, expected)) return undefined;
  const decipher = createDecipheriv("aes-256-ctr", keys.subarray(0, KEY_BYTES), keys.subarray(2 * KEY_BYTES));
  const padded = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > IV_BYTES || padding > padded.byteLength) {
    throw new VaultFormatError("its padding is wrong");
  }
  return padded.subarray(0, padded.byteLength - padding);
}
