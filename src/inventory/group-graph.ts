import type { InventoryTree, TreeGroup } from "./inventory-tree.ts";

/** A group and all that are below it, level by level: the order in which Ansible lists their hosts. */
function descendantsOf({ groups }: InventoryTree, name: string): TreeGroup[] {
  const found = new Set<string>([name]);
  // A set hands out what is added while it is walked.
  for (const group of found) for (const child of groups.get(group)?.children ?? []) found.add(child);
  return [...found].flatMap((group) => groups.get(group) ?? []);
}

/** The names of the hosts in a group and in all that are below it. */
export function membersOf(tree: InventoryTree, name: string): string[] {
  return [...new Set(descendantsOf(tree, name).flatMap((group) => [...group.hosts]))];
}

/** How far each group is from `all`, by the longest way. */
export function groupDepths({ groups }: InventoryTree): ReadonlyMap<string, number> {
  const depths = new Map<string, number>([["all", 0]]);
  const parentsLeft = new Map([...groups.values()].map((group) => [group.name, group.parents.size]));
  const ready = ["all"];
  for (const name of ready) {
    const below = (depths.get(name) ?? 0) + 1;
    for (const child of groups.get(name)?.children ?? []) {
      depths.set(child, Math.max(below, depths.get(child) ?? 0));
      const left = (parentsLeft.get(child) ?? 0) - 1;
      parentsLeft.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  return depths;
}

/** The names of all groups of each host: those it stands in, and all above them. */
export function groupsOfHosts({ groups, hosts }: InventoryTree): ReadonlyMap<string, ReadonlySet<string>> {
  const groupsOf = new Map([...hosts.keys()].map((host) => [host, new Set<string>(["all"])]));
  for (const group of groups.values()) {
    const above = new Set<string>([group.name]);
    for (const name of above) for (const parent of groups.get(name)?.parents ?? []) above.add(parent);
    for (const host of group.hosts) for (const name of above) groupsOf.get(host)?.add(name);
  }
  return groupsOf;
}
