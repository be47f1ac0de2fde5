import type { Secret } from "../secret.ts";
import type { Algorithms } from "./algorithms.ts";

/** Everything needed to log in to a host, with nothing left to look up but its address in the DNS. */
export interface SshTarget {
  /** What messages call the host. */
  readonly name: string;
  /** What `ssh` would be called with, and the ssh config is asked for. Default: the address. */
  readonly asked?: string;
  /** Name or address to connect to. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Answers `password` and `keyboard-interactive`; sent once. */
  readonly password?: Secret;
  /** Private keys, in the order in which they are offered. */
  readonly identities: readonly SshIdentity[];
  /** Socket of the agent. Without one no agent is asked. */
  readonly agentSocket?: string;
  /** Offers only those keys of the agent that are among the identities. */
  readonly identitiesOnly: boolean;
  readonly hostKeys: HostKeyPolicy;
  readonly timeouts: SshTimeouts;
  readonly route: SshRoute;
  /** Default: the usual ones. */
  readonly algorithms?: Algorithms;
  /** Local address that a direct connection comes from. */
  readonly bindAddress?: string;
  /** Kind of the address that a direct connection goes to. Default: any. */
  readonly family?: 4 | 6;
  /** `CertificateFile` of the ssh config: named where a login fails, as certificates cannot be offered. */
  readonly certificateFiles?: readonly string[];
  /** How often to try again where the connection fails. Default: a few times where that may help soon. */
  readonly retries?: number;
  /** Socket of an agent that commands on the host may use. Default: none. */
  readonly forwardedAgent?: string;
}

/** How the stream to a host is made. */
export type SshRoute =
  | { readonly type: "direct" }
  /** From another host, which is reached first, perhaps from yet another one. */
  | { readonly type: "jump"; readonly through: SshTarget }
  /** By a command of this machine; `command` is for a shell, with nothing left to expand. */
  | { readonly type: "command"; readonly command: string };

export interface SshIdentity {
  readonly file: string;
  readonly passphrase?: Secret;
  /** Asked for by name: connecting fails if it cannot be read. Others are left out then. */
  readonly required: boolean;
}

export interface HostKeyPolicy {
  /** `known_hosts` files; `accept-new` writes to the first one. */
  readonly files: readonly string[];
  /** Stands in the files in place of address and port: `HostKeyAlias`. */
  readonly alias?: string;
  /** `accept-new` trusts a host at the first meeting and remembers its key; `off` trusts all but revoked keys. */
  readonly checking: "strict" | "accept-new" | "off";
}

/** Deadlines, in milliseconds. */
export interface SshTimeouts {
  /** From the first packet to the end of the key exchange. */
  readonly connectMs: number;
  readonly authenticateMs: number;
  /** Of one request on an open connection: a command to start, a tunnel to open. */
  readonly requestMs: number;
  /** How often a silent connection is probed; it is lost after three probes without an answer. */
  readonly keepaliveMs: number;
}

/** Deadlines where nobody said otherwise. */
export const DEFAULT_TIMEOUTS: SshTimeouts = {
  connectMs: 10_000,
  authenticateMs: 20_000,
  requestMs: 20_000,
  keepaliveMs: 15_000,
};

/** How messages name a host: `web1 (10.0.0.1:22)`. */
export function describeTarget({ name, address, port }: SshTarget): string {
  return `${name} (${address.includes(":") ? `[${address}]` : address}:${port})`;
}

/** Names of the hosts on the way, the one next to us first: `bastion-a, bastion-b`. */
export function describeHops({ route }: SshTarget): string {
  if (route.type !== "jump") return "";
  const before = describeHops(route.through);
  return before === "" ? route.through.name : `${before}, ${route.through.name}`;
}
