import type { Data } from "../etf/data.ts";
import { connectionSettings, type PathOptions } from "./connection-settings.ts";
import { membersOf } from "./group-graph.ts";
import type { Group, Host, Inventory } from "./inventory.ts";
import type { InventoryTree } from "./inventory-tree.ts";
import { mergeVariables, ownVariablesOfGroup, type Variables } from "./merge-variables.ts";

/** Makes the inventory of a complete tree: variables merged, connection settings read. */
export function resolveInventory(tree: InventoryTree, paths: PathOptions): Inventory {
  const merged = mergeVariables(tree);
  const hosts = new Map<string, Host>();
  for (const name of tree.hosts.keys()) {
    const vars = merged.ofHost(name);
    hosts.set(name, {
      name,
      groups: merged.groupsOf(name),
      vars: toRecord(vars),
      connection: connectionSettings(vars, paths),
    });
  }
  const groups = new Map<string, Group>();
  for (const [name, group] of tree.groups) {
    groups.set(name, {
      name,
      children: [...group.children],
      hosts: membersOf(tree, name),
      vars: toRecord(ownVariablesOfGroup(tree, group)),
    });
  }
  return { hosts, groups };
}

function toRecord(vars: Variables): Readonly<Record<string, Data>> {
  const record = Object.create(null) as Record<string, Data>;
  for (const [name, { data }] of vars) record[name] = data;
  return record;
}
