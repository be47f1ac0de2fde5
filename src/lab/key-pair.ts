import ssh2 from "ssh2";

/** An SSH key as OpenSSH writes it to files. */
export interface KeyPair {
  /** The private key file: PEM, without a passphrase. */
  readonly privateKey: string;
  /** The public key: algorithm and base64, on one line. */
  readonly publicKey: string;
}

/** Generates an ed25519 key. */
export function generateKeyPair(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    // ssh2 drops the zero bytes that one of 256 public keys begins with: such a pair cannot be read again.
    if (ssh2.utils.parseKey(pair.private) instanceof Error) continue;
    return { privateKey: pair.private, publicKey: pair.public.trim() };
  }
}

/** Computes the public key that belongs to a private key file. */
export function keyPairOf(privateKey: string): KeyPair {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return { privateKey, publicKey: `${parsed.type} ${parsed.getPublicSSH().toString("base64")}` };
}
