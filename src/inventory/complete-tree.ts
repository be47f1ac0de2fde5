import type { InventoryTree } from "./inventory-tree.ts";

/** Puts in what no source need say, once all are read: groups below `all`, hosts in `ungrouped`. */
export function completeTree(tree: InventoryTree): void {
  tree.linkRoots();
  fillUngrouped(tree);
}

/** `ungrouped` holds the hosts that are in no other group than `all`, and no others. */
function fillUngrouped({ groups, hosts }: InventoryTree): void {
  const grouped = new Set<string>();
  for (const group of groups.values()) {
    if (group.name !== "all" && group.name !== "ungrouped") for (const host of group.hosts) grouped.add(host);
  }
  const ungrouped = groups.get("ungrouped")?.hosts ?? new Set();
  for (const host of hosts.keys()) {
    if (grouped.has(host)) ungrouped.delete(host);
    else ungrouped.add(host);
  }
}
