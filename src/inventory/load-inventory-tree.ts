import { access } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DocumentError } from "../documents/document-error.ts";
import { inOrder } from "../documents/problem-at.ts";
import { quote } from "../documents/quote.ts";
import { isFolder, readFolder, type Folder } from "../documents/read-folder.ts";
import { FusionPlayError } from "../errors.ts";
import { completeTree } from "./complete-tree.ts";
import { Keys } from "../secrets/keys.ts";
import { plainName, readEncryptedFile } from "../secrets/read-encrypted-file.ts";
import { ansibleTags, type TagPurpose } from "../secrets/ansible-tags.ts";
import { checkVariables } from "./check-variables.ts";
import { fillReferences } from "./fill-references.ts";
import { readHostList } from "./host-list.ts";
import { readIniInventory } from "./ini-inventory.ts";
import { inventoryFormat } from "./inventory-format.ts";
import { InventoryTree, type VariableLayer } from "./inventory-tree.ts";
import { readModuleInventory } from "./module-inventory.ts";
import { readProgramInventory, type ProgramOptions } from "./program-inventory.ts";
import { hideSecrets } from "./secret-variables.ts";
import { sourceKind } from "./source-kind.ts";
import { readVariableFiles, type VariableFileOptions } from "./variable-files.ts";
import { readYamlInventory } from "./yaml-inventory.ts";

/** Options of {@linkcode loadInventoryTree}. */
export interface InventoryTreeOptions {
  /**
   * Where relative paths start.
   *
   * @default the working directory of the process
   */
  readonly workingDirectory?: string;
  /**
   * Folders of playbooks, whose `group_vars/` and `host_vars/` win over those beside the inventories.
   *
   * @default []
   */
  readonly playbookFolders?: readonly string[];
  /**
   * Open what is encrypted.
   *
   * @default none
   */
  readonly keys?: Keys;
  /**
   * What encrypted values are read for: to be used, or to be listed as they are. Encrypted files are opened in
   * either case.
   *
   * @default "value"
   */
  readonly purpose?: TagPurpose;
  /** Ends programs and functions that are asked for hosts. */
  readonly signal?: AbortSignal | undefined;
}

type ReadOptions = ProgramOptions & VariableFileOptions;

/**
 * Reads an inventory from its sources, each a file, a folder of files or a list such as `web1,web2,`; with the
 * `group_vars/` and `host_vars/` beside them and beside playbooks. What a later source says about a variable
 * wins.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`; `USAGE` if a source has no name
 * @throws {DocumentError} with all mistakes of all sources
 */
export async function loadInventoryTree(
  sources: readonly string[],
  {
    workingDirectory = process.cwd(),
    playbookFolders = [],
    keys = new Keys(),
    purpose = "value",
    signal,
  }: InventoryTreeOptions = {},
): Promise<InventoryTree> {
  sources.forEach(refuseEmpty);
  const tree = new InventoryTree(ansibleTags(keys, purpose));
  const options: ReadOptions = { workingDirectory, keys, signal };
  for (const source of sources) await readSource(tree, source, options);
  completeTree(tree);
  const folders = await Promise.all(sources.map((source) => folderOf(source, workingDirectory)));
  const layers = new Map<string, VariableLayer>();
  for (const folder of [...folders, ...playbookFolders]) {
    if (folder === undefined) continue;
    const absolute = resolve(workingDirectory, folder);
    const layer = layers.get(absolute) ?? (await readVariableFiles(tree, folder, options));
    layers.set(absolute, layer);
    tree.layers.push(layer);
  }
  const hasReferences = checkVariables(tree, purpose);
  if (hasReferences) fillReferences(tree);
  hideSecrets(tree, { secrets: keys.secrets, purpose });
  if (tree.problems.length > 0) throw new DocumentError(inOrder(tree.problems));
  return tree;
}

/** An empty variable of the shell must not stand for all files of the working directory. */
function refuseEmpty(source: string): void {
  if (source.trim() !== "") return;
  throw new FusionPlayError(`Cannot read the inventory ${quote(source)}: its name is empty`, {
    code: "USAGE",
    hint: "Name a file, a folder of inventories, or hosts: web1,web2,",
  });
}

/** @param above where the source is in a folder of them */
async function readSource(
  tree: InventoryTree,
  source: string,
  options: ReadOptions,
  above?: Folder,
): Promise<void> {
  const path = resolve(options.workingDirectory, source);
  if (source.includes(",") && !(await exists(path))) readHostList(tree, source);
  else if (await isFolder(path)) {
    const folder = await readFolder(path, source, above);
    for (const name of folder.names) {
      if (!NO_INVENTORY.test(plainName(name))) await readSource(tree, join(source, name), options, folder);
    }
  } else {
    await readFile(tree, { source, path }, options).catch((error: unknown) => {
      // The mistakes of the other sources are told as well.
      if (!(error instanceof DocumentError)) throw error;
      tree.problems.push(...error.problems);
    });
  }
}

/** Names in a folder of inventories that are none: hidden files, variables, backups, documentation. */
const NO_INVENTORY =
  /^\.|^(?:group_vars|host_vars|vars_plugins)$|(?:~|\.(?:bak|cfg|ini|md|orig|pyc|pyo|retry|rpm|rst|swp|txt))$/u;

async function readFile(
  tree: InventoryTree,
  { source, path }: { source: string; path: string },
  options: ReadOptions,
): Promise<void> {
  const kind = await sourceKind(path);
  if (kind === "program") return readProgramInventory(tree, { source, path }, options);
  const file = await readEncryptedFile(path, source, options.keys).catch((error: unknown) => {
    throw isBareName(source) && !(error instanceof DocumentError) ? hostNameGiven(source, error) : error;
  });
  if (kind === "module") await readModuleInventory(tree, file, { path, signal: options.signal });
  else if (inventoryFormat(file) === "yaml") await readYamlInventory(tree, file);
  else readIniInventory(tree, file);
}

/** The folder whose `group_vars/` and `host_vars/` belong to a source; a list of hosts has none. */
async function folderOf(source: string, workingDirectory: string): Promise<string | undefined> {
  const path = resolve(workingDirectory, source);
  if (await isFolder(path)) return source;
  return (await exists(path)) ? dirname(source) : undefined;
}

/** Whether an inventory looks more like the name of a host than like a file. */
function isBareName(source: string): boolean {
  return /^[\w-]+$/u.test(source);
}

function hostNameGiven(source: string, cause: unknown): FusionPlayError {
  const { message, code, hint } = cause as FusionPlayError;
  if (hint?.startsWith("Did you mean") === true) return cause as FusionPlayError;
  return new FusionPlayError(message, {
    code,
    hint: `For a host of this name, end it with a comma: ${quote(`${source},`)}`,
    cause,
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
