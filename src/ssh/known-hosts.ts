import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import { matchesPatternList } from "./pattern-list.ts";

/** One line of a `known_hosts` file. */
export interface KnownHost {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  readonly marker: "none" | "revoked" | "cert-authority";
  readonly hosts: HostMatcher;
  /** Such as `ssh-ed25519`. */
  readonly keyType: string;
  /** The public key as it stands on the wire. */
  readonly key: Buffer;
}

/** Names of a line: readable patterns, or the salted hash of one name. */
export type HostMatcher =
  | { readonly type: "patterns"; readonly patterns: readonly string[] }
  | { readonly type: "hashed"; readonly salt: Buffer; readonly hash: Buffer };

/**
 * Reads the lines of a `known_hosts` file. Lines that say nothing are left out, as OpenSSH does:
 * a broken line must not lock out every other host.
 *
 * @param linesBefore how many lines of the file stand before the text
 * @see https://man.openbsd.org/sshd#SSH_KNOWN_HOSTS_FILE_FORMAT
 */
export function parseKnownHosts(text: string, file: string, linesBefore = 0): KnownHost[] {
  const lines = text.split("\n");
  return lines.flatMap((source, index) => parseLine(source.trim(), file, linesBefore + index + 1) ?? []);
}

function parseLine(source: string, file: string, line: number): KnownHost | undefined {
  if (source === "" || source.startsWith("#")) return undefined;
  const fields = source.split(/[ \t]+/);
  const marker = source.startsWith("@") ? MARKERS[fields.shift() ?? ""] : "none";
  const [names, keyType, encoded] = fields;
  if (marker === undefined || names === undefined || keyType === undefined || encoded === undefined) {
    return undefined;
  }
  const hosts = parseNames(names);
  const key = Buffer.from(encoded, "base64");
  if (hosts === undefined || typeOfKey(key) !== keyType) return undefined;
  return { file, line, marker, hosts, keyType, key };
}

const MARKERS: Record<string, KnownHost["marker"]> = {
  "@revoked": "revoked",
  "@cert-authority": "cert-authority",
};

/** `|1|salt|hash` with both in base64, or patterns with commas between them. */
function parseNames(names: string): HostMatcher | undefined {
  if (!names.startsWith("|")) return { type: "patterns", patterns: names.toLowerCase().split(",") };
  const [, version, salt, hash] = names.split("|");
  if (version !== "1" || salt === undefined || hash === undefined) return undefined;
  return { type: "hashed", salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
}

/** Name of the type that a public key starts with: a 4-byte length and that many characters. */
export function typeOfKey(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return 4 + length <= key.length ? key.toString("latin1", 4, 4 + length) : undefined;
}

/** Where a host is looked up: a host alias or address, with the port unless it is the usual one. */
export function knownHostsName({ host, port }: { host: string; port: number }): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

function isAbout({ hosts }: KnownHost, name: string): boolean {
  if (hosts.type === "patterns") return matchesPatternList(name, hosts.patterns);
  const hash = createHmac("sha1", hosts.salt).update(name).digest();
  return hash.length === hosts.hash.length && timingSafeEqual(hash, hosts.hash);
}

/** The lines about a host; certificate authorities are not among them, as host certificates are not read. */
export function linesAbout(known: readonly KnownHost[], name: string): KnownHost[] {
  return known.filter((line) => line.marker !== "cert-authority" && isAbout(line, name));
}

/** What `known_hosts` says about the key that a server showed. */
export type HostKeyVerdict =
  | { readonly type: "trusted" }
  | { readonly type: "unknown" }
  /** Keys are known, this one is not among them; `known` is the line with one of the same type if there is one. */
  | { readonly type: "changed"; readonly known: KnownHost }
  | { readonly type: "revoked"; readonly by: KnownHost };

/**
 * Compares a server's key with the lines about it. A key of a type that is not known for the host counts
 * as changed when another type is known: otherwise an attacker would only have to choose another type.
 */
export function judgeHostKey(lines: readonly KnownHost[], key: Buffer): HostKeyVerdict {
  const revokedBy = lines.find((line) => line.marker === "revoked" && line.key.equals(key));
  if (revokedBy !== undefined) return { type: "revoked", by: revokedBy };
  const valid = lines.filter((line) => line.marker === "none");
  if (valid.some((line) => line.key.equals(key))) return { type: "trusted" };
  const type = typeOfKey(key);
  const known = valid.find((line) => line.keyType === type) ?? valid[0];
  return known === undefined ? { type: "unknown" } : { type: "changed", known };
}

/** Writes the line that makes a host known. */
export function formatKnownHost(name: string, key: Buffer): string {
  return `${name} ${typeOfKey(key) ?? ""} ${key.toString("base64")}\n`;
}

/** The fingerprint as `ssh-keygen -l` prints it: `SHA256:` and unpadded base64. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

const SIGNATURE_ALGORITHMS: Record<string, readonly string[]> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"], // never with SHA-1, as OpenSSH since 8.8
};

/**
 * Host key algorithms to offer, those of the known keys first: the server picks the first one it has,
 * and with another key of its own a well-known host would look changed.
 */
export function hostKeyAlgorithms(lines: readonly KnownHost[]): string[] {
  const known = lines.filter((line) => line.marker === "none").map((line) => line.keyType);
  const types = new Set([...known, ...Object.keys(SIGNATURE_ALGORITHMS)]);
  return [...types].flatMap((type) => SIGNATURE_ALGORITHMS[type] ?? []);
}
