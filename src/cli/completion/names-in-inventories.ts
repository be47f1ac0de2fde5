import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { InventoryTree } from "../../inventory/inventory-tree.ts";

/**
 * Names of groups and hosts of inventories; empty where one cannot be read. Nothing is run for it: no program,
 * no module, and no folder is read, in which some may be.
 */
export async function namesInInventories(sources: readonly string[]): Promise<string[]> {
  const tree = await treeOf(sources, []);
  return tree === undefined ? [] : [...new Set([...tree.groups.keys(), ...tree.hosts.keys()])];
}

/** Names of the variables that inventories, and files beside them and beside playbooks, give a host. */
export async function variablesInInventories(
  sources: readonly string[],
  { host, playbooks }: { readonly host: string; readonly playbooks: readonly string[] },
): Promise<string[]> {
  const tree = await treeOf(sources, [...new Set(playbooks.map((file) => dirname(file)))]);
  if (tree?.hosts.has(host) !== true) return [];
  const { givenVariables } = await import("../../inventory/given-variables.ts");
  return givenVariables(tree, host).map(({ name }) => name);
}

async function treeOf(
  sources: readonly string[],
  playbookFolders: readonly string[],
): Promise<InventoryTree | undefined> {
  if (sources.length === 0) return undefined;
  try {
    for (const source of sources) if (!(await isListOrText(source))) return undefined;
    const { loadInventoryTree } = await import("../../inventory/load-inventory-tree.ts");
    // Encrypted values are left closed: nobody is asked for passwords here.
    return await loadInventoryTree(sources, { playbookFolders, purpose: "listing" });
  } catch {
    return undefined;
  }
}

async function isListOrText(source: string): Promise<boolean> {
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) return source.includes(",");
  const { sourceKind } = await import("../../inventory/source-kind.ts");
  return found.isFile() && (await sourceKind(source)) === "text";
}
