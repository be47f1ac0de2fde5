import { revealData } from "../etf/secret-data.ts";
import { byCodePoint } from "./code-point-order.ts";
import { groupDepths, groupsOfHosts } from "./group-graph.ts";
import { GROUP_PRIORITY } from "./group-priority.ts";
import type { InventoryTree, TreeGroup, Variable, VariableLayer } from "./inventory-tree.ts";

/** Variables by name, merged. */
export type Variables = ReadonlyMap<string, Variable>;

/** The variables of every host, merged in Ansible's order: what comes later wins. */
export interface MergedVariables {
  /** All variables of a host: those of its groups, then its own. */
  ofHost(name: string): Variables;
  /** Names of all groups of a host, parents included, without `all`; sorted. */
  groupsOf(name: string): readonly string[];
}

const NONE: Variables = new Map();

/**
 * Merges the variables of groups and hosts:
 *
 * 1. of `all`, then of the other groups by depth, priority and name, as inventories give them
 * 2. of `all` from `group_vars/`, folder by folder, then of the other groups, folder by folder
 * 3. of the host from inventories, then from `host_vars/`, folder by folder
 */
export function mergeVariables(tree: InventoryTree): MergedVariables {
  const memberships = groupsOfHosts(tree);
  const mergeOrder = groupsInMergeOrder(tree);
  // Many hosts are in the same groups.
  const known = new Map<string, { readonly groups: readonly string[]; readonly vars: Variables }>();
  const ofMembership = (name: string): { readonly groups: readonly string[]; readonly vars: Variables } => {
    const memberOf = memberships.get(name) ?? new Set();
    const key = [...memberOf].join("\n");
    const found = known.get(key);
    if (found !== undefined) return found;
    const sources = sourcesOfGroups(
      tree.layers,
      mergeOrder.filter((group) => memberOf.has(group.name)),
    );
    const vars = overlay(sources.map((source) => source.vars));
    const groups = [...memberOf].filter((group) => group !== "all").toSorted(byCodePoint);
    const merged = { groups, vars };
    known.set(key, merged);
    return merged;
  };
  return {
    groupsOf: (name) => ofMembership(name).groups,
    ofHost: (name) => overlay([ofMembership(name).vars, ownVariablesOfHost(tree, name)]),
  };
}

/** The variables of a host that no group gives. */
export function ownVariablesOfHost({ hosts, layers }: InventoryTree, name: string): Variables {
  return overlay([hosts.get(name)?.vars ?? NONE, ...layers.map((layer) => layer.hosts.get(name) ?? NONE)]);
}

/** The variables of one group, of no other. */
export function ownVariablesOfGroup({ layers }: InventoryTree, group: TreeGroup): Variables {
  return overlay([withoutPriority(group), ...layers.map((layer) => layer.groups.get(group.name) ?? NONE)]);
}

/** Variables of one group or host, from one place. */
export interface OwnedVariables {
  /** The group; undefined of the host itself. */
  readonly group: string | undefined;
  readonly vars: Variables;
}

/** All that gives variables to a host, in the order of merging: what comes later wins. */
export function sourcesOfHost(tree: InventoryTree, name: string): OwnedVariables[] {
  const memberOf = groupsOfHosts(tree).get(name) ?? new Set();
  const groups = groupsInMergeOrder(tree).filter((group) => memberOf.has(group.name));
  // A folder counts once, where it comes last.
  const layers = [...new Set(tree.layers.toReversed())].toReversed();
  const own = [tree.hosts.get(name)?.vars, ...layers.map((layer) => layer.hosts.get(name))];
  return [
    ...sourcesOfGroups(layers, groups),
    ...own.map((vars) => ({ group: undefined, vars: vars ?? NONE })),
  ];
}

/** @param groups in the order of merging, `all` first */
function sourcesOfGroups(layers: readonly VariableLayer[], groups: readonly TreeGroup[]): OwnedVariables[] {
  const others = groups.filter(({ name }) => name !== "all");
  const inLayer = (layer: VariableLayer, group: string): OwnedVariables => ({
    group,
    vars: layer.groups.get(group) ?? NONE,
  });
  return [
    ...groups.map((group) => ({ group: group.name, vars: withoutPriority(group) })),
    ...layers.map((layer) => inLayer(layer, "all")),
    ...layers.flatMap((layer) => others.map(({ name }) => inLayer(layer, name))),
  ];
}

function overlay(layers: readonly Variables[]): Variables {
  const filled = layers.filter(({ size }) => size > 0);
  if (filled.length <= 1) return filled[0] ?? NONE;
  const merged = new Map<string, Variable>();
  for (const layer of filled) for (const [name, variable] of layer) merged.set(name, variable);
  return merged;
}

/** The variables that inventories give a group, without the one that orders groups. */
function withoutPriority({ vars }: TreeGroup): Variables {
  if (!vars.has(GROUP_PRIORITY)) return vars;
  return new Map([...vars].filter(([name]) => name !== GROUP_PRIORITY));
}

/** Parents before children, then by priority, then by name. */
function groupsInMergeOrder(tree: InventoryTree): readonly TreeGroup[] {
  const depths = groupDepths(tree);
  const depthOf = (group: TreeGroup): number => depths.get(group.name) ?? 0;
  return [...tree.groups.values()].toSorted(
    (a, b) =>
      depthOf(a) - depthOf(b) || priorityOf(a.vars) - priorityOf(b.vars) || byCodePoint(a.name, b.name),
  );
}

/** What {@linkcode GROUP_PRIORITY} is where nothing is said. */
export const DEFAULT_PRIORITY = 1;

/** What decides between groups of one depth. */
export function priorityOf(vars: Variables): number {
  return Number(revealData(vars.get(GROUP_PRIORITY)?.data ?? DEFAULT_PRIORITY));
}
