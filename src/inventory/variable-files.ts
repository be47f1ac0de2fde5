import { extname, join, resolve } from "node:path";
import { describeNode } from "../documents/describe-node.ts";
import { DocumentError } from "../documents/document-error.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import { isFolder, readFolder, type Folder } from "../documents/read-folder.ts";
import type { FusionPlayError } from "../errors.ts";
import type { Keys } from "../secrets/keys.ts";
import { AGE_ENDING, plainName, readEncryptedFile } from "../secrets/read-encrypted-file.ts";
import type { InventoryTree, Variable, VariableLayer } from "./inventory-tree.ts";
import { readVariables } from "./read-variables.ts";

/** Options of {@linkcode readVariableFiles}. */
export interface VariableFileOptions {
  /** Where relative paths start. */
  readonly workingDirectory: string;
  readonly keys: Keys;
}

/**
 * Reads `group_vars/` and `host_vars/` of a folder: for each group and host the file of its name, or every
 * file in the folder of its name.
 *
 * @param folder as the user named it
 */
export async function readVariableFiles(
  tree: InventoryTree,
  folder: string,
  options: VariableFileOptions,
): Promise<VariableLayer> {
  const read = (kind: string, owners: Iterable<string>): Promise<Map<string, Map<string, Variable>>> =>
    readKind(tree, join(folder, kind), owners, options);
  return {
    groups: await read("group_vars", tree.groups.keys()),
    hosts: await read("host_vars", tree.hosts.keys()),
  };
}

async function readKind(
  tree: InventoryTree,
  folder: string,
  owners: Iterable<string>,
  { workingDirectory, keys }: VariableFileOptions,
): Promise<Map<string, Map<string, Variable>>> {
  const variables = new Map<string, Map<string, Variable>>();
  const read = await readFolder(resolve(workingDirectory, folder), folder).catch(noneIfAbsent);
  if (read === undefined) return variables;
  const names = new Set(read.names);
  for (const owner of owners) {
    const found = ENDINGS.map((ending) => owner + ending);
    // An encrypted file may stand beside one that everybody may read.
    const plain = found.find((file) => names.has(file));
    const encrypted = found.map((file) => file + AGE_ENDING).find((file) => names.has(file));
    const vars = new Map<string, Variable>();
    for (const name of [plain, encrypted]) {
      if (name === undefined) continue;
      for (const path of await filesAt(join(folder, name), workingDirectory, read)) {
        await readVariableFile(tree, { path, workingDirectory, keys }, vars);
      }
    }
    variables.set(owner, vars);
  }
  return variables;
}

const ENDINGS = ["", ".yml", ".yaml", ".json"];

/** That it is not there, or is no folder, is no mistake. */
function noneIfAbsent(error: FusionPlayError): undefined {
  if (ABSENT.has((error.cause as NodeJS.ErrnoException).code)) return undefined;
  throw error;
}

const ABSENT = new Set<string | undefined>(["ENOENT", "ENOTDIR"]);

/** A file itself, or the files in a folder and in its folders, sorted; hidden ones and backups left out. */
async function filesAt(path: string, workingDirectory: string, above: Folder): Promise<string[]> {
  const absolute = resolve(workingDirectory, path);
  if (!(await isFolder(absolute))) return [path];
  const folder = await readFolder(absolute, path, above);
  const files: string[] = [];
  for (const name of folder.names) {
    const ending = extname(plainName(name));
    if (/^\.|~$/u.test(name) || !ENDINGS.includes(ending)) continue;
    if (ending !== "" && (await isFolder(join(absolute, name)))) continue;
    files.push(...(await filesAt(join(path, name), workingDirectory, folder)));
  }
  return files;
}

async function readVariableFile(
  tree: InventoryTree,
  { path, workingDirectory, keys }: VariableFileOptions & { readonly path: string },
  vars: Map<string, Variable>,
): Promise<void> {
  try {
    const file = await readEncryptedFile(resolve(workingDirectory, path), path, keys);
    const root = await parseYaml(file, { scalars: "ansible" });
    if (root.kind === "mapping") {
      for (const [name, variable] of readVariables(root, file, tree)) vars.set(name, variable);
    } else if (root.kind !== "scalar" || root.value !== null) {
      tree.problem(
        { file, range: root.range },
        `A file of variables is a mapping, got ${describeNode(root)}`,
      );
    }
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    tree.problems.push(...error.problems);
  }
}
