import type { Data } from "../etf/data.ts";
import type { Secret } from "../secret.ts";

/** A machine to work on. */
export interface Host {
  /** Its name in the inventory: what patterns match and reports print. */
  readonly name: string;
  /** Names of all its groups, parents included, without `all`; sorted. */
  readonly groups: readonly string[];
  /** Variables of its groups and its own, merged as Ansible merges them. */
  readonly vars: Readonly<Record<string, Data>>;
  readonly connection: ConnectionSettings;
}

/** How to reach a host: its `fusion_…` variables, or the `ansible_…` ones of the same meaning. */
export interface ConnectionSettings {
  /** Name or address to connect to. Default: what `~/.ssh/config` says for the host's name, or the name itself. */
  readonly address?: string;
  /** Default: what `~/.ssh/config` says, or 22. */
  readonly port?: number;
  /** Default: what `~/.ssh/config` says, or the name of the local user. */
  readonly user?: string;
  readonly password?: Secret;
  /** An absolute path. Default: `IdentityFile` of `~/.ssh/config`, or the usual names in `~/.ssh`. */
  readonly privateKeyFile?: string;
  /** Passphrase of the private key. */
  readonly privateKeyPassphrase?: Secret;
  /** An absolute path. Default: the known_hosts files of `~/.ssh/config`, or `~/.ssh/known_hosts`. */
  readonly knownHostsFile?: string;
  /** Overrides the `--host-key-checking` option for this host. */
  readonly hostKeyChecking?: HostKeyChecking;
  /**
   * Hosts on the way, the one next to us first; an empty list is no host at all. Default: what
   * `~/.ssh/config` says.
   */
  readonly jump?: readonly JumpHost[];
  /** Program whose output is the password: a command line for `/bin/sh` here. */
  readonly passwordCommand?: string;
  /** How often to try again where the connection fails. Default: twice where that may help soon. */
  readonly connectRetries?: number;
  /** Whether what runs on the host may use the local agent. Default: what `~/.ssh/config` says. */
  readonly forwardAgent?: boolean;
  /** Whether the BEAM runs as another user than the one who logs in. Default: false. */
  readonly become?: boolean;
  /** A {@linkcode BecomeMethod}, or another one of Ansible's, with which nobody can be become here. Default: `sudo`. */
  readonly becomeMethod?: string;
  /** Default: `root`. */
  readonly becomeUser?: string;
  /** What the program asks for: with sudo and doas the password of who logs in, with su that of the other user. */
  readonly becomePassword?: Secret;
  /** What makes the connection: the ssh2 package, or the system's `ssh`. Default: `ssh2`. */
  readonly sshBackend?: SshBackend;
  /** Path of the `erl` program on the host. Default: looked up there. */
  readonly erl?: string;
  /**
   * An absolute path: of a bundle that the host is brought, where `erl` is not given. Default: that of the
   * play, or none.
   */
  readonly runtime?: string;
  /** What carries everything between us and the host's BEAM. Default: that of the play, or `auto`. */
  readonly transport?: TransportChoice;
}

/** Tunnels of the SSH connection; standard input and output of a command; or tunnels where the server allows them. */
export type TransportChoice = "auto" | "tunnels" | "stdio";

/** The program that lets a command run as another user. */
export type BecomeMethod = "sudo" | "doas" | "su";

/** What makes SSH connections. */
export type SshBackend = "ssh2" | "openssh";

/** A host on the way to another one. */
export interface JumpHost {
  /** Its name in the inventory, or the name or address that was given. */
  readonly name: string;
  readonly connection: ConnectionSettings;
}

/** `accept-new` trusts a host at the first meeting and remembers its key; `off` trusts anybody. */
export type HostKeyChecking = "strict" | "accept-new" | "off";

export interface Inventory {
  /** In the order of the inventory. */
  readonly hosts: ReadonlyMap<string, Host>;
  /** Every group by name, `all` and `ungrouped` among them. */
  readonly groups: ReadonlyMap<string, Group>;
}

export interface Group {
  readonly name: string;
  readonly children: readonly string[];
  /** Names of the hosts in it and in its children, in the order of the inventory. */
  readonly hosts: readonly string[];
  /** Its own variables, before any merging. */
  readonly vars: Readonly<Record<string, Data>>;
}
