import { createHash } from "node:crypto";
import type { Host } from "../inventory/inventory.ts";

/** A part of the hosts, where several controllers share them. */
export interface Shard {
  /** Which part it is, from 1. */
  readonly index: number;
  /** How many parts there are. */
  readonly count: number;
}

/**
 * The hosts of each play that belong to a shard. A host is in the same one in all plays. Shards differ by one
 * host at most, and which hosts share one goes by a hash of their names: a host that is added or removed moves
 * only a few others.
 */
export function hostsOfShard(
  plays: readonly (readonly Host[])[],
  { index, count }: Shard,
): (readonly Host[])[] {
  const names = [...new Set(plays.flatMap((hosts) => hosts.map(({ name }) => name)))];
  const order = names
    .map((name) => ({ name, hash: createHash("sha256").update(name).digest("hex") }))
    .sort((one, other) => (one.hash < other.hash ? -1 : 1));
  const start = Math.floor((order.length * (index - 1)) / count);
  const end = Math.floor((order.length * index) / count);
  const own = new Set(order.slice(start, end).map(({ name }) => name));
  return plays.map((hosts) => hosts.filter(({ name }) => own.has(name)));
}
