import { DocumentError } from "../documents/document-error.ts";
import { problemAt } from "../documents/problem-at.ts";
import { quote } from "../documents/quote.ts";
import type { ConnectionSettings, Host, JumpHost } from "./inventory.ts";
import type { Place } from "./inventory-tree.ts";

/**
 * Gives the hosts that others jump through what the inventory says of them. One that is no host of the
 * inventory is left to `~/.ssh/config`, and takes from the host behind it which keys of servers to trust.
 *
 * @param hosts Those with a jump are replaced
 * @param placeOf Where the jump of a host was given
 * @throws {DocumentError} if hosts jump through each other without an end
 */
export function linkJumps(hosts: Map<string, Host>, placeOf: (host: string) => Place | undefined): void {
  const linked = new Map<string, ConnectionSettings>();
  const link = (name: string, behind: readonly string[]): ConnectionSettings => {
    const { connection } = hosts.get(name) as Host;
    const known = linked.get(name);
    if (known !== undefined || connection.jump === undefined) return known ?? connection;
    if (behind.includes(name)) throw endless([...behind, name], placeOf(name));
    // Only the first one is reached in a way of its own.
    const jump = linkedHops(connection, (hop, index) =>
      index === 0 && hosts.has(hop) ? link(hop, [...behind, name]) : hosts.get(hop)?.connection,
    );
    const settings = { ...connection, jump };
    linked.set(name, settings);
    return settings;
  };
  for (const [name, host] of hosts) {
    if (host.connection.jump !== undefined) link(name, []);
  }
  for (const [name, connection] of linked) hosts.set(name, { ...(hosts.get(name) as Host), connection });
}

/**
 * The hosts that one jumps through, with what the inventory says of them.
 *
 * @param ownOf gives that; undefined of one that is no host of the inventory
 */
export function linkedHops(
  connection: ConnectionSettings,
  ownOf: (name: string, index: number) => ConnectionSettings | undefined,
): JumpHost[] {
  return (connection.jump ?? []).map((hop, index): JumpHost => {
    const own = ownOf(hop.name, index);
    if (own === undefined)
      return { name: hop.name, connection: { ...trustOf(connection), ...hop.connection } };
    const { address: _address, ...given } = hop.connection;
    return { name: hop.name, connection: { ...own, ...given } };
  });
}

function trustOf({ knownHostsFile, hostKeyChecking }: ConnectionSettings): ConnectionSettings {
  return {
    ...(knownHostsFile === undefined ? {} : { knownHostsFile }),
    ...(hostKeyChecking === undefined ? {} : { hostKeyChecking }),
  };
}

function endless(names: readonly string[], place: Place | undefined): DocumentError {
  const way = names.map(quote).join(" through ");
  const message = `Hosts jump through each other without an end: ${way}`;
  const hint = `Give a host that is reached directly: fusion_jump: none`;
  if (place === undefined) throw new TypeError(message);
  return new DocumentError([problemAt(place.file, place.range, message, hint)]);
}
