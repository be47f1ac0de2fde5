import { createHash, createPrivateKey, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import ssh2, { type ParsedKey } from "ssh2";

import type { Secret } from "../secret.ts";
import { readKeyHeader, type KeyHeader } from "./openssh-key-header.ts";
import { SshError } from "./ssh-error.ts";
import type { SshIdentity } from "./ssh-target.ts";
import { UnchangedFiles } from "./unchanged-files.ts";

/** What became of the private key file of an identity. */
export type PrivateKeyFile =
  | { readonly type: "readable"; readonly file: string; readonly key: ParsedKey }
  /** It cannot be used, but the agent may hold the same key if its public half could be found. */
  | {
      readonly type: "unreadable";
      readonly file: string;
      readonly publicKey: Buffer | undefined;
      readonly error: SshError;
    };

const contents = new UnchangedFiles(async (file) => await readFile(file));

/** Reads and decrypts the private key of an identity. */
export async function readPrivateKey({ file, passphrase }: SshIdentity): Promise<PrivateKeyFile> {
  let content: Buffer;
  try {
    content = await contents.get(file);
  } catch (error) {
    return { type: "unreadable", file, publicKey: await readPublicKey(file), error: fileError(file, error) };
  }
  const key = parse(content, passphrase);
  if (!(key instanceof Error)) {
    if (key.isPrivateKey()) return { type: "readable", file, key };
    return { type: "unreadable", file, publicKey: key.getPublicSSH(), error: publicKeyError(file) };
  }
  const header = readKeyHeader(content);
  return {
    type: "unreadable",
    file,
    publicKey: header.type === "openssh" ? header.publicKey : await readPublicKey(file),
    error: keyError(file, { cause: key, header, hasPassphrase: passphrase !== undefined }),
  };
}

/** Keys parsed before, by content and passphrase: to derive a key from a passphrase takes long on purpose. */
const parsed = new Map<string, ParsedKey | Error>();

function parse(content: Buffer, passphrase: Secret | undefined): ParsedKey | Error {
  const digest = createHash("sha256")
    .update(content)
    .update("\0")
    .update(passphrase?.reveal() ?? "")
    .digest("hex");
  const before = parsed.get(digest);
  if (before !== undefined) return before;
  const key = parseOnce(content, passphrase);
  parsed.set(digest, key);
  return key;
}

function parseOnce(content: Buffer, passphrase: Secret | undefined): ParsedKey | Error {
  try {
    // Typed as one key; the parser gives a list for the OpenSSH format, which has room for several.
    const key = ssh2.utils.parseKey(content, passphrase?.reveal()) as ParsedKey | ParsedKey[] | Error;
    const first = Array.isArray(key) ? (key[0] ?? new Error("No key in the file")) : key;
    return first instanceof Error || !first.isPrivateKey() ? first : signingFast(first);
  } catch (error) {
    return error as Error;
  }
}

/** Has a key read once that the ssh2 package would hand to OpenSSL as text for every signature. */
function signingFast(key: ParsedKey): ParsedKey {
  const signSlowly = key.sign.bind(key);
  const read = createPrivateKey(key.getPrivatePEM());
  key.sign = (data, algorithm) => {
    // Without a name it is for the key to choose.
    const isNamed = algorithm !== undefined || key.type === "ssh-ed25519";
    return isNamed && typeof data !== "string"
      ? sign(algorithm ?? null, data, read)
      : signSlowly(data, algorithm);
  };
  return key;
}

function fileError(file: string, cause: unknown): SshError {
  const { code } = cause as NodeJS.ErrnoException;
  const states: Record<string, string> = {
    ENOENT: "there is no such file",
    ENOTDIR: "there is no such file",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EISDIR: "it is a folder",
  };
  return new SshError(`Cannot read the private key "${file}": ${states[code ?? ""] ?? code}`, {
    code: "SSH_KEY_UNREADABLE",
    hint: "Check the path and that you may read the file",
    cause,
  });
}

interface KeyFailure {
  readonly cause: Error;
  readonly header: KeyHeader;
  readonly hasPassphrase: boolean;
}

function keyError(file: string, failure: KeyFailure): SshError {
  const { state, hint } = keyProblem(file, failure);
  return new SshError(`Cannot read the private key "${file}": ${state}`, {
    code: "SSH_KEY_UNREADABLE",
    hint,
    cause: failure.cause,
  });
}

/** Ciphers that a key in OpenSSH's format can be decrypted with here. */
const SUPPORTED_CIPHER = /^(?:aes(?:128|192|256)-(?:ctr|cbc)|aes(?:128|256)-gcm@openssh\.com|3des-cbc)$/;

function keyProblem(
  file: string,
  { cause, header, hasPassphrase }: KeyFailure,
): { state: string; hint: string } {
  const { message } = cause;
  if (header.type === "openssh" && header.cipher !== "none" && !SUPPORTED_CIPHER.test(header.cipher)) {
    return {
      state: `it is encrypted with ${header.cipher}, which is not supported`,
      hint: `Encrypt it differently: ssh-keygen -p -Z aes256-ctr -f ${file}`,
    };
  }
  if (message.includes("no passphrase given")) {
    return {
      state: "it is encrypted, and no passphrase was given",
      hint: `Set fusion_private_key_passphrase, or add the key to the agent: ssh-add ${file}`,
    };
  }
  const isEncrypted = header.type === "openssh" ? header.cipher !== "none" : /bad passphrase/i.test(message);
  if (hasPassphrase && isEncrypted) {
    return { state: "the passphrase is wrong", hint: "Check fusion_private_key_passphrase" };
  }
  if (header.type === "other" && message.includes("Unsupported")) {
    return {
      state: "it is not a private key in a known format",
      hint: `Name an ed25519, ECDSA or RSA key, or convert it: ssh-keygen -p -f ${file}`,
    };
  }
  if (header.type === "openssh" && message.includes("Unsupported")) {
    return {
      state: `keys of the type ${header.keyType} are not supported`,
      hint: "Name an ed25519, ECDSA or RSA key, or add this one to the agent",
    };
  }
  return { state: "the file is damaged", hint: `Check it: ssh-keygen -y -f ${file}` };
}

function publicKeyError(file: string): SshError {
  return new SshError(`Cannot read the private key "${file}": it is a public key`, {
    code: "SSH_KEY_UNREADABLE",
    hint: file.endsWith(".pub")
      ? `Name the private one: ${file.slice(0, -".pub".length)}`
      : "Name the private one",
  });
}

/** The public key in `file.pub`. */
async function readPublicKey(file: string): Promise<Buffer | undefined> {
  try {
    const key = parseOnce(await readFile(`${file}.pub`), undefined);
    return key instanceof Error ? undefined : key.getPublicSSH();
  } catch {
    return undefined; // it is there for convenience only
  }
}
