import type { Data } from "../etf/data.ts";
import { membersOf } from "./group-graph.ts";
import { GROUP_PRIORITY } from "./group-priority.ts";
import type { InventoryTree, TreeGroup } from "./inventory-tree.ts";
import {
  DEFAULT_PRIORITY,
  mergeVariables,
  ownVariablesOfGroup,
  ownVariablesOfHost,
  priorityOf,
  type Variables,
} from "./merge-variables.ts";

/** Options of {@linkcode listInventory}. */
export interface ListOptions {
  /**
   * Whether variables stay with the groups and hosts that give them, as `ansible-inventory --export` has it,
   * instead of being merged for each host.
   *
   * @default false
   */
  readonly isExport?: boolean;
}

type Mapping = Readonly<Record<string, Data>>;

/** Gives what `ansible-inventory --list` prints of a complete tree: groups by name, and `_meta` with the variables. */
export function listInventory(tree: InventoryTree, { isExport = false }: ListOptions = {}): Mapping {
  const list = mapping();
  for (const group of tree.groups.values()) {
    const described = describeGroup(tree, group, isExport);
    if (Object.keys(described).length > 0) list[group.name] = described;
  }
  const merged = mergeVariables(tree);
  const hostvars = mapping();
  for (const host of membersOf(tree, "all")) {
    const vars = listVariables(isExport ? ownVariablesOfHost(tree, host) : merged.ofHost(host));
    if (Object.keys(vars).length > 0) hostvars[host] = vars;
  }
  list["_meta"] = { hostvars };
  return list;
}

/** Gives what `ansible-inventory --host` prints: the merged variables of one host. */
export function listHost(tree: InventoryTree, name: string, { isExport = false }: ListOptions = {}): Mapping {
  return listVariables(isExport ? ownVariablesOfHost(tree, name) : mergeVariables(tree).ofHost(name));
}

function describeGroup(tree: InventoryTree, group: TreeGroup, isExport: boolean): Mapping {
  const { name, hosts, children } = group;
  const vars = isExport ? groupVariables(tree, group) : {};
  return {
    ...(name !== "all" && hosts.size > 0 ? { hosts: [...hosts] } : {}),
    ...(children.size > 0 ? { children: [...children] } : {}),
    ...(Object.keys(vars).length > 0 ? { vars } : {}),
  };
}

function groupVariables(tree: InventoryTree, group: TreeGroup): Mapping {
  const priority = priorityOf(group.vars);
  const vars = listVariables(ownVariablesOfGroup(tree, group));
  return priority === DEFAULT_PRIORITY ? vars : { ...vars, [GROUP_PRIORITY]: priority };
}

/** Variables that Ansible keeps for itself and never lists, whoever gives them. */
const INTERNAL = new Set([
  "ansible_diff_mode",
  "ansible_config_file",
  "ansible_facts",
  "ansible_forks",
  "ansible_inventory_sources",
  "ansible_limit",
  "ansible_playbook_python",
  "ansible_run_tags",
  "ansible_skip_tags",
  "ansible_verbosity",
  "ansible_version",
  "inventory_dir",
  "inventory_file",
  "inventory_hostname",
  "inventory_hostname_short",
  "groups",
  "group_names",
  "omit",
  "playbook_dir",
]);

function listVariables(vars: Variables): Mapping {
  const listed = mapping();
  for (const [name, { data }] of vars) if (!INTERNAL.has(name)) listed[name] = data;
  return listed;
}

function mapping(): Record<string, Data> {
  return Object.create(null) as Record<string, Data>;
}
