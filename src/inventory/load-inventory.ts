import { homedir } from "node:os";
import type { Inventory } from "./inventory.ts";
import { loadInventoryTree, type InventoryTreeOptions } from "./load-inventory-tree.ts";
import { resolveInventory } from "./resolve-inventory.ts";

/** Options of {@linkcode loadInventory}. */
export interface InventoryOptions extends InventoryTreeOptions {
  /**
   * What `~/` stands for in connection variables.
   *
   * @default the home folder of the user
   */
  readonly homeDirectory?: string;
}

/**
 * Reads an inventory from its sources: see {@linkcode loadInventoryTree}.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 * @throws {DocumentError} with all mistakes of all sources
 */
export async function loadInventory(
  sources: readonly string[],
  { homeDirectory = homedir(), ...options }: InventoryOptions = {},
): Promise<Inventory> {
  const tree = await loadInventoryTree(sources, options);
  return resolveInventory(tree, {
    homeDirectory,
    workingDirectory: options.workingDirectory ?? process.cwd(),
  });
}
