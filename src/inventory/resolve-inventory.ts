import { quote } from "../documents/quote.ts";
import type { Data } from "../etf/data.ts";
import { connectionSettings, type PathOptions } from "./connection-settings.ts";
import { descendantsOf, groupDepths, groupsOfHosts } from "./group-graph.ts";
import { GROUP_PRIORITY } from "./group-priority.ts";
import type { Group, Host, Inventory } from "./inventory.ts";
import type { InventoryTree, TreeGroup, Variable } from "./inventory-tree.ts";

/** Makes the inventory of what all sources gave: memberships completed, variables merged. */
export function resolveInventory(tree: InventoryTree, paths: PathOptions): Inventory {
  tree.linkRoots();
  fillUngrouped(tree);
  refuseSharedNames(tree);
  const groupsOf = groupsOfHosts(tree);
  const mergeOrder = groupsInMergeOrder(tree);
  const hosts = new Map<string, Host>();
  for (const [name, { vars: own }] of tree.hosts) {
    const memberOf = groupsOf.get(name) ?? new Set();
    const hostGroups = mergeOrder.filter((group) => memberOf.has(group.name));
    const vars = new Map<string, Variable>([
      ...hostGroups.flatMap((group) => [...ownVars(group)]),
      ...hostGroups.flatMap((group) => [...group.fileVars]),
      ...own,
    ]);
    const groups = [...memberOf].filter((group) => group !== "all").toSorted();
    hosts.set(name, { name, groups, vars: toRecord(vars), connection: connectionSettings(vars, paths) });
  }
  const groups = new Map<string, Group>();
  for (const [name, group] of tree.groups) {
    groups.set(name, {
      name,
      children: [...group.children],
      hosts: membersOf(tree, name),
      vars: toRecord(new Map([...ownVars(group), ...group.fileVars])),
    });
  }
  return { hosts, groups };
}

function membersOf(tree: InventoryTree, name: string): string[] {
  return [...new Set(descendantsOf(tree, name).flatMap((group) => [...group.hosts]))];
}

/** The variables that inventories give a group, without the one that orders groups. */
function ownVars({ vars }: TreeGroup): ReadonlyMap<string, Variable> {
  if (!vars.has(GROUP_PRIORITY)) return vars;
  return new Map([...vars].filter(([name]) => name !== GROUP_PRIORITY));
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

/** A name must tell whether a host or a group is meant, unless both are the same one host. */
function refuseSharedNames(tree: InventoryTree): void {
  for (const [name, host] of tree.hosts) {
    const group = tree.groups.get(name);
    if (group === undefined) continue;
    const members = membersOf(tree, name);
    if (members.length === 1 && members[0] === name) continue;
    tree.problem(
      host.place,
      `${quote(name)} is the name of a host and of a group`,
      "Give one of them another name",
    );
  }
}

/** Parents before children, then by priority, then by name: what comes later wins. */
function groupsInMergeOrder(tree: InventoryTree): readonly TreeGroup[] {
  const depths = groupDepths(tree);
  const depthOf = (group: TreeGroup): number => depths.get(group.name) ?? 0;
  return [...tree.groups.values()].toSorted(
    (a, b) => depthOf(a) - depthOf(b) || priorityOf(a) - priorityOf(b) || (a.name < b.name ? -1 : 1),
  );
}

function priorityOf({ vars }: TreeGroup): number {
  return Number(vars.get(GROUP_PRIORITY)?.data ?? 1);
}

function toRecord(vars: ReadonlyMap<string, Variable>): Readonly<Record<string, Data>> {
  const record = Object.create(null) as Record<string, Data>;
  for (const [name, { data }] of vars) record[name] = data;
  return record;
}
