import { FusionPlayError } from "../errors.ts";
import { checkHostPatterns } from "../inventory/check-host-patterns.ts";
import type { Host } from "../inventory/inventory.ts";
import { selectHosts } from "../inventory/select-hosts.ts";
import type { Play } from "../playbook/playbook.ts";
import { orderHosts } from "./order-hosts.ts";
import type { PlanOptions } from "./run-options.ts";
import { hostsOfShard } from "./shard.ts";

/**
 * The hosts of each play, in the order of the plays; those of a play as its `order` says.
 *
 * @throws {DocumentError} if `hosts` of a play is no host pattern
 * @throws {FusionPlayError} `NO_HOST_MATCHED` if no play has any; a shard of them may have none
 */
export function hostsOfPlays(
  plays: readonly Play[],
  {
    inventory,
    limit,
    onUnmatched = () => {},
    onlyHosts,
    shard,
  }: Pick<PlanOptions, "inventory" | "limit" | "onUnmatched" | "onlyHosts" | "shard">,
): (readonly Host[])[] {
  checkHostPatterns(plays);
  const unmatched = new Set<string>();
  const hosts = plays.map((play) => {
    const selection = selectHosts(inventory, play.hosts, limit);
    for (const name of selection.unmatched) unmatched.add(name);
    const wanted = selection.hosts.filter(({ name }) => onlyHosts?.has(name) !== false);
    return orderHosts(wanted, play.order);
  });
  if (hosts.some((list) => list.length > 0)) {
    unmatched.forEach((part) => onUnmatched(part));
    return shard === undefined ? hosts : hostsOfShard(hosts, shard);
  }
  const patterns = [...new Set(plays.map((play) => `"${play.hosts}"`))].join(", ");
  const limited = limit === undefined ? "" : ` limited to "${limit}"`;
  const kept = onlyHosts === undefined ? "" : ` among the ${onlyHosts.size} to be tried again`;
  const unknown = unmatched.size === 0 ? "" : `; not in the inventory: ${[...unmatched].join(", ")}`;
  throw new FusionPlayError(`Cannot run the plays: no host matches ${patterns}${limited}${kept}${unknown}`, {
    code: "NO_HOST_MATCHED",
    hint: "Check the pattern and --limit against the inventory",
  });
}
