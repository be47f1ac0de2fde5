/** Hosts that all peers use: names of one SSH server, each with sessions of its own. */
export interface Fleet {
  readonly hosts: readonly string[];
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly keyFile: string;
  readonly knownHostsFile: string;
}

/** What is done in a run: on each host so many steps, one after another. */
export interface Work {
  readonly fleet: Fleet;
  readonly steps: number;
  /** A folder of this run alone, which is empty. */
  readonly folder: string;
}

export interface Command {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What is run before, unmeasured, to leave what the command goes on with. */
  readonly warmUp?: readonly string[];
  /** How many hosts it works on at the same time. All peers must have the same. */
  readonly concurrency: number;
  /** Tells what is wrong with what it printed; undefined if every step was done on every host. */
  mistakeIn(output: string): string | undefined;
}

/** A program that does the same work. */
export interface Peer {
  readonly name: string;
  /** Program without which it is left out. */
  readonly program: string;
  /** File without which it is left out, besides. */
  readonly file?: string;
  /** Package of Debian that brings it. */
  readonly package?: string;
  /** Writes what it needs, and tells how it is called. */
  prepare(work: Work): Command;
}

/** Says what is wrong where a pattern does not stand in the output as often as it should. */
export function countMistake(output: string, pattern: RegExp, wanted: number): string | undefined {
  const found = output.match(pattern)?.length ?? 0;
  return found === wanted ? undefined : `${found} of ${wanted} steps were done`;
}

/**
 * An ssh_config by which names of the hosts lead to the server.
 *
 * @param keep folder of the sockets of connections that are kept, one for each host; undefined to keep none
 */
export function sshConfig(fleet: Fleet, keep?: string): string {
  const { hosts, address, port, user, keyFile, knownHostsFile } = fleet;
  return [
    `Host ${hosts.join(" ")}`,
    `HostName ${address}`,
    `HostKeyAlias [${address}]:${port}`,
    `Port ${port}`,
    `User ${user}`,
    `IdentityFile ${keyFile}`,
    "IdentitiesOnly yes",
    `UserKnownHostsFile ${knownHostsFile}`,
    "BatchMode yes",
    ...(keep === undefined ? [] : ["ControlMaster auto", `ControlPath ${keep}/%n`, "ControlPersist 60"]),
    "",
  ].join("\n");
}
