import { randomInt } from "node:crypto";
import type { Host } from "../inventory/inventory.ts";
import { byCodePoint } from "../inventory/code-point-order.ts";
import type { HostOrder } from "../playbook/playbook.ts";

/**
 * Puts the hosts of a play into the order in which they begin, and of which batches are cut.
 *
 * @param hosts in the order of the inventory
 */
export function orderHosts(hosts: readonly Host[], order: HostOrder): Host[] {
  switch (order) {
    case "inventory":
      return [...hosts];
    case "reverse_inventory":
      return hosts.toReversed();
    case "sorted":
      return hosts.toSorted((a, b) => byCodePoint(a.name, b.name));
    case "reverse_sorted":
      return hosts.toSorted((a, b) => byCodePoint(b.name, a.name));
    case "shuffle":
      return shuffled(hosts);
  }
}

function shuffled(hosts: readonly Host[]): Host[] {
  const result = [...hosts];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    const host = result[last];
    const swapped = result[other];
    if (host === undefined || swapped === undefined) continue;
    result[last] = swapped;
    result[other] = host;
  }
  return result;
}
