import { homedir } from "node:os";
import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { FusionPlayError } from "../errors.ts";
import type { InventoryTree } from "../inventory/inventory-tree.ts";
import { resolveInventory } from "../inventory/resolve-inventory.ts";
import { selectHosts } from "../inventory/select-hosts.ts";
import { tellUnmatched } from "./tell-unmatched.ts";

/**
 * The name of the host that a pattern stands for.
 *
 * @throws {FusionPlayError} `NO_HOST_MATCHED`, or `USAGE` if several match
 */
export function oneHost(tree: InventoryTree, pattern: string): string {
  const names = hostsMatching(tree, pattern);
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  throw new FusionPlayError(`Cannot show the host ${quote(pattern)}: ${names.length} hosts match`, {
    code: "USAGE",
    hint: "Name one host; fusion-play inventory --hosts shows which ones match",
  });
}

/**
 * The names of the hosts that match, at least one; parts that name nothing are told on standard error.
 *
 * @throws {FusionPlayError} `NO_HOST_MATCHED`
 */
export function hostsMatching(tree: InventoryTree, pattern: string): string[] {
  const inventory = resolveInventory(tree, { homeDirectory: homedir(), workingDirectory: process.cwd() });
  const { hosts, unmatched } = selectHosts(inventory, pattern);
  if (hosts.length === 0) {
    throw new FusionPlayError(`Cannot show hosts: no host matches ${quote(pattern)}`, {
      code: "NO_HOST_MATCHED",
      hint: didYouMean(pattern, [...tree.hosts.keys(), ...tree.groups.keys()]),
    });
  }
  unmatched.forEach(tellUnmatched);
  return hosts.map(({ name }) => name);
}
