import type { Data } from "../etf/data.ts";
import { CONNECTION_VARIABLES } from "./connection-variables.ts";
import { connectionSettings, type PathOptions } from "./connection-settings.ts";
import { membersOf } from "./group-graph.ts";
import type { Group, Host, Inventory } from "./inventory.ts";
import type { InventoryTree, Place } from "./inventory-tree.ts";
import { linkJumps } from "./jump-hosts.ts";
import { mergeVariables, ownVariablesOfGroup, type Variables } from "./merge-variables.ts";

/**
 * Makes the inventory of a complete tree: variables merged, connection settings read.
 *
 * @throws {DocumentError} if hosts jump through each other without an end
 */
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
  linkJumps(hosts, (name) => placeOfJump(merged.ofHost(name)));
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

function placeOfJump(vars: Variables): Place | undefined {
  const names = CONNECTION_VARIABLES.find(({ setting }) => setting === "jump")?.names ?? [];
  return names.map((name) => vars.get(name)?.place).find((place) => place !== undefined);
}

function toRecord(vars: Variables): Readonly<Record<string, Data>> {
  const record = Object.create(null) as Record<string, Data>;
  for (const [name, { data }] of vars) record[name] = data;
  return record;
}
