import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { describeNode } from "../documents/describe-node.ts";
import { DocumentError } from "../documents/document-error.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import { problemAt } from "../documents/problem-at.ts";
import { readSourceFile } from "../documents/read-source-file.ts";
import type { SourceFile } from "../documents/source-file.ts";
import type { InventoryTree, Variable, VariableLayer } from "./inventory-tree.ts";
import { readVariables } from "./read-variables.ts";

/**
 * Reads `group_vars/` and `host_vars/` of a folder: for each group and host the file of its name, or every
 * file in the folder of its name.
 *
 * @param folder as the user named it; relative ones start at `workingDirectory`
 */
export async function readVariableFiles(
  tree: InventoryTree,
  folder: string,
  workingDirectory: string,
): Promise<VariableLayer> {
  const read = (kind: string, owners: Iterable<string>): Promise<Map<string, Map<string, Variable>>> =>
    readKind(tree, join(folder, kind), owners, workingDirectory);
  return {
    groups: await read("group_vars", tree.groups.keys()),
    hosts: await read("host_vars", tree.hosts.keys()),
  };
}

async function readKind(
  tree: InventoryTree,
  folder: string,
  owners: Iterable<string>,
  workingDirectory: string,
): Promise<Map<string, Map<string, Variable>>> {
  const variables = new Map<string, Map<string, Variable>>();
  const names = new Set(await namesIn(resolve(workingDirectory, folder)));
  if (names.size === 0) return variables;
  for (const owner of owners) {
    const found = ENDINGS.map((ending) => owner + ending).find((file) => names.has(file));
    if (found === undefined) continue;
    const vars = new Map<string, Variable>();
    for (const path of await filesAt(join(folder, found), workingDirectory)) {
      readVariableFile(tree, await readSourceFile(resolve(workingDirectory, path), path), vars);
    }
    variables.set(owner, vars);
  }
  return variables;
}

const ENDINGS = ["", ".yml", ".yaml", ".json"];

/** A file itself, or the files in a folder and in its folders, sorted; hidden ones and backups left out. */
async function filesAt(path: string, workingDirectory: string): Promise<string[]> {
  const absolute = resolve(workingDirectory, path);
  if (!(await stat(absolute)).isDirectory()) return [path];
  const files: string[] = [];
  for (const name of await namesIn(absolute)) {
    if (/^\.|~$/u.test(name) || !ENDINGS.includes(extname(name))) continue;
    const isFolder = (await stat(join(absolute, name))).isDirectory();
    if (!isFolder || extname(name) === "") files.push(...(await filesAt(join(path, name), workingDirectory)));
  }
  return files;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch {
    return [];
  }
}

function readVariableFile(tree: InventoryTree, file: SourceFile, vars: Map<string, Variable>): void {
  try {
    if (file.text.startsWith("$ANSIBLE_VAULT")) {
      const hint = "Decrypt it with ansible-vault decrypt";
      throw new DocumentError([problemAt(file, 0, "Files encrypted by Ansible Vault cannot be read", hint)]);
    }
    const root = parseYaml(file, { scalars: "ansible" });
    if (root.kind === "mapping") {
      for (const [name, variable] of readVariables(root, file, tree.problems)) vars.set(name, variable);
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
