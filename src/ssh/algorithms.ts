import { matchesPattern } from "./pattern-list.ts";

/** What an ssh config may choose, by its keyword there. */
export type AlgorithmKind = "KexAlgorithms" | "Ciphers" | "MACs" | "HostKeyAlgorithms";

/** Algorithms of an SSH connection by kind, in the order of preference; of kinds that are missing, the usual ones. */
export type Algorithms = Readonly<Partial<Record<AlgorithmKind, readonly string[]>>>;

interface Known {
  /** Offered where nobody says otherwise. */
  readonly usual: readonly string[];
  /** Offered only where they are named: too weak, or of old servers. */
  readonly others: readonly string[];
}

/** What the ssh2 package has. */
const KNOWN: Readonly<Record<AlgorithmKind, Known>> = {
  KexAlgorithms: {
    usual: [
      "curve25519-sha256@libssh.org",
      "curve25519-sha256",
      "ecdh-sha2-nistp256",
      "ecdh-sha2-nistp384",
      "ecdh-sha2-nistp521",
      "diffie-hellman-group-exchange-sha256",
      "diffie-hellman-group14-sha256",
      "diffie-hellman-group15-sha512",
      "diffie-hellman-group16-sha512",
      "diffie-hellman-group17-sha512",
      "diffie-hellman-group18-sha512",
    ],
    others: [
      "diffie-hellman-group-exchange-sha1",
      "diffie-hellman-group14-sha1",
      "diffie-hellman-group1-sha1",
    ],
  },
  Ciphers: {
    usual: [
      "aes128-gcm@openssh.com",
      "aes256-gcm@openssh.com",
      "aes128-ctr",
      "aes192-ctr",
      "aes256-ctr",
      "chacha20-poly1305@openssh.com",
    ],
    others: ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"],
  },
  MACs: {
    usual: [
      "hmac-sha2-256-etm@openssh.com",
      "hmac-sha2-512-etm@openssh.com",
      "hmac-sha1-etm@openssh.com",
      "hmac-sha2-256",
      "hmac-sha2-512",
      "hmac-sha1",
    ],
    others: [],
  },
  HostKeyAlgorithms: {
    usual: [
      "ssh-ed25519",
      "ecdsa-sha2-nistp256",
      "ecdsa-sha2-nistp384",
      "ecdsa-sha2-nistp521",
      "rsa-sha2-512",
      "rsa-sha2-256",
    ],
    others: ["ssh-rsa"],
  },
};

/**
 * Reads a list as an ssh config has it: names with commas between, in which `*` and `?` may stand; with `+`, `-` or
 * `^` before it, it is added to the usual ones, taken from them, or put before them. What is not supported is left out.
 *
 * @returns an empty list if nothing is left
 * @see https://man.openbsd.org/ssh_config#Ciphers
 */
export function chooseAlgorithms(kind: AlgorithmKind, list: string): readonly string[] {
  const { usual, others } = KNOWN[kind];
  const [, sign = "", rest = ""] = /^([+^-]?)(.*)$/u.exec(list) ?? [];
  const named = rest.split(",").flatMap((pattern) => {
    return [...usual, ...others].filter((name) => matchesPattern(name, pattern.trim()));
  });
  switch (sign) {
    case "-":
      return usual.filter((name) => !named.includes(name));
    case "+":
      return [...new Set([...usual, ...named])];
    case "^":
      return [...new Set([...named, ...usual])];
    default:
      return [...new Set(named)];
  }
}

/** What is supported of a kind. */
export function supportedAlgorithms(kind: AlgorithmKind): readonly string[] {
  const { usual, others } = KNOWN[kind];
  return [...usual, ...others];
}
