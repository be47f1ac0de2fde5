import { dirname } from "node:path";
import { DocumentError } from "../documents/document-error.ts";
import { FusionPlayError } from "../errors.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { InventoryTree } from "../inventory/inventory-tree.ts";
import { loadInventory, type InventoryOptions } from "../inventory/load-inventory.ts";
import { loadInventoryTree, type InventoryTreeOptions } from "../inventory/load-inventory-tree.ts";
import { loadPlaybook, type PlaybookOptions } from "../playbook/load-playbook.ts";
import type { Playbook } from "../playbook/playbook.ts";

/** What files are read with: keys for what is encrypted, what ends waiting, and variables above those of playbooks. */
export type LoadOptions = Pick<InventoryOptions, "signal" | "keys"> & Pick<PlaybookOptions, "extraVars">;

/**
 * Reads playbooks.
 *
 * @throws {DocumentError} with the mistakes of all files
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `USAGE`
 */
export async function loadPlaybooks(files: readonly string[], options: LoadOptions): Promise<Playbook[]> {
  const playbooks = await readInOrder(files, options);
  throwAll(playbooks);
  return playbooks.map((playbook) => (playbook as PromiseFulfilledResult<Playbook>).value);
}

/** Reads one after another: what one registers the next may use. */
async function readInOrder(
  files: readonly string[],
  options: LoadOptions,
): Promise<PromiseSettledResult<Playbook>[]> {
  const results: PromiseSettledResult<Playbook>[] = [];
  const registered = new Set<string>();
  for (const file of files) {
    results.push(...(await Promise.allSettled([loadPlaybook(file, { ...options, registered })])));
  }
  return results;
}

/**
 * Reads playbooks and inventory, with the variables beside both.
 *
 * @throws {DocumentError} with the mistakes of all files
 * @throws {FusionPlayError} `USAGE` without an inventory, `FILE_UNREADABLE`
 */
export async function loadFiles(
  playbookFiles: readonly string[],
  inventorySources: readonly string[],
  options: LoadOptions = {},
): Promise<{ playbooks: Playbook[]; inventory: Inventory }> {
  const playbookFolders = [...new Set(playbookFiles.map((file) => dirname(file)))];
  const [[inventory], playbooks] = await Promise.all([
    Promise.allSettled([openInventory(inventorySources, { ...options, playbookFolders })]),
    readInOrder(playbookFiles, options),
  ]);
  throwAll([inventory, ...playbooks]);
  return {
    inventory: (inventory as PromiseFulfilledResult<Inventory>).value,
    playbooks: playbooks.map((playbook) => (playbook as PromiseFulfilledResult<Playbook>).value),
  };
}

/** @throws {FusionPlayError} `USAGE` without an inventory */
export async function openInventory(
  sources: readonly string[],
  options: InventoryOptions = {},
): Promise<Inventory> {
  refuseNone(sources);
  return loadInventory(sources, options);
}

/** @throws {FusionPlayError} `USAGE` without an inventory */
export async function openInventoryTree(
  sources: readonly string[],
  options: InventoryTreeOptions,
): Promise<InventoryTree> {
  refuseNone(sources);
  return loadInventoryTree(sources, options);
}

function refuseNone(sources: readonly string[]): void {
  if (sources.length > 0) return;
  throw new FusionPlayError("Cannot select hosts without an inventory", {
    code: "USAGE",
    hint: "Name one with -i, such as -i hosts.yml or -i web1,web2,",
  });
}

/** Throws the mistakes of all files in one error; an error of another kind goes before them. */
function throwAll(results: readonly PromiseSettledResult<unknown>[]): void {
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  const other = errors.find((error) => !(error instanceof DocumentError));
  if (other !== undefined) throw other;
  const problems = errors.flatMap((error) => (error as DocumentError).problems);
  if (problems.length > 0) throw new DocumentError(problems);
}
