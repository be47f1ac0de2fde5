import type { InventoryTree } from "./inventory-tree.ts";

/** Draws a group with all that is in it, as `ansible-inventory --graph` does: a line for each group and host. */
export function drawInventory(tree: InventoryTree, group: string): string {
  return `${linesOf(tree, group, 0).join("\n")}\n`;
}

function linesOf(tree: InventoryTree, name: string, depth: number): string[] {
  const group = tree.groups.get(name);
  const below = [...(group?.children ?? [])].flatMap((child) => linesOf(tree, child, depth + 1));
  // Every host is in `all`, so its hosts are shown where else they are.
  const hosts = name === "all" ? [] : [...(group?.hosts ?? [])];
  return [line(`@${name}:`, depth), ...below, ...hosts.map((host) => line(host, depth + 1))];
}

function line(text: string, depth: number): string {
  return depth === 0 ? text : `${"  |".repeat(depth)}--${text}`;
}
