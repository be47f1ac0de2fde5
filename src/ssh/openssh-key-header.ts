import { ByteReader } from "../bytes/byte-reader.ts";
import { typeOfKey } from "./known-hosts.ts";

/** What a private key file tells without its passphrase. */
export type KeyHeader =
  | {
      readonly type: "openssh";
      /** Such as `aes256-ctr`; `none` if the key is not encrypted. */
      readonly cipher: string;
      readonly keyType: string;
      readonly publicKey: Buffer;
    }
  | { readonly type: "damaged" }
  /** Another format, or no key at all. */
  | { readonly type: "other" };

const PEM = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)/;
const MAGIC = "openssh-key-v1\0";

/**
 * Reads the part of a private key in OpenSSH's own format that is never encrypted:
 *
 *     byte[15] "openssh-key-v1\0"
 *     string   cipher
 *     string   kdf
 *     string   kdf options
 *     uint32   number of keys
 *     string   public key
 *
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
 */
export function readKeyHeader(file: Buffer): KeyHeader {
  const [, encoded] = PEM.exec(file.toString("latin1")) ?? [];
  if (encoded === undefined) return { type: "other" };
  const reader = new ByteReader(Buffer.from(encoded, "base64"));
  try {
    if (reader.latin1(MAGIC.length, "magic") !== MAGIC) return { type: "damaged" };
    const cipher = reader.latin1(reader.uint32("cipher"), "cipher");
    reader.take(reader.uint32("kdf"), "kdf");
    reader.take(reader.uint32("kdf options"), "kdf options");
    reader.uint32("number of keys");
    const publicKey = Buffer.from(reader.take(reader.uint32("public key"), "public key"));
    return { type: "openssh", cipher, keyType: typeOfKey(publicKey) ?? "unknown", publicKey };
  } catch {
    return { type: "damaged" };
  }
}
