import { stat } from "node:fs/promises";
import type { Plain } from "../../documents/node-to-plain.ts";
import { BLOCK_SECTIONS } from "../../playbook/block-sections.ts";

/**
 * Names of groups and hosts of inventories; empty where one cannot be read. Nothing is run for it: no program,
 * no module, and no folder is read, in which some may be.
 */
export async function namesInInventories(sources: readonly string[]): Promise<string[]> {
  if (sources.length === 0) return [];
  try {
    for (const source of sources) if (!(await isListOrText(source))) return [];
    const { loadInventoryTree } = await import("../../inventory/load-inventory-tree.ts");
    const { groups, hosts } = await loadInventoryTree(sources);
    return [...new Set([...groups.keys(), ...hosts.keys()])];
  } catch {
    return [];
  }
}

async function isListOrText(source: string): Promise<boolean> {
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) return source.includes(",");
  const { sourceKind } = await import("../../inventory/source-kind.ts");
  return found.isFile() && (await sourceKind(source)) === "text";
}

/** What the steps of playbooks are called by. */
export interface StepWords {
  readonly names: readonly string[];
  readonly tags: readonly string[];
}

/** Names and tags of the steps of YAML playbooks, also of those with mistakes in their keys. */
export async function wordsInPlaybooks(files: readonly string[]): Promise<StepWords> {
  const steps: Readonly<Record<string, Plain>>[] = [];
  for (const file of files) steps.push(...(await stepsIn(file)));
  const names = steps.flatMap(({ name }) => (typeof name === "string" ? name : []));
  const tags = steps.flatMap(({ tags: given }) => (Array.isArray(given) ? (given as Plain[]) : [given]));
  const words = tags.flatMap((tag) => (typeof tag === "string" ? tag.split(",") : []));
  return {
    names: [...new Set(names)],
    tags: [...new Set(words.map((word) => word.trim()))].filter((word) => word !== ""),
  };
}

async function stepsIn(file: string): Promise<Readonly<Record<string, Plain>>[]> {
  if (!/\.ya?ml$/i.test(file)) return [];
  const { readSourceFile } = await import("../../documents/read-source-file.ts");
  const { parseYaml } = await import("../../documents/parse-yaml.ts");
  const { nodeToPlain } = await import("../../documents/node-to-plain.ts");
  try {
    const root = nodeToPlain(parseYaml(await readSourceFile(file)));
    return listOf(root).flatMap((play) => ("steps" in play ? listOf(play["steps"]).flatMap(withInner) : []));
  } catch {
    return [];
  }
}

/** A step, and those in it if it is a block. */
function withInner(step: Readonly<Record<string, Plain>>): Readonly<Record<string, Plain>>[] {
  const inner = BLOCK_SECTIONS.flatMap((key) => (key in step ? listOf(step[key]) : []));
  return [step, ...inner.flatMap(withInner)];
}

/** The mappings of a list, or a mapping alone. */
function listOf(value: Plain | undefined): Readonly<Record<string, Plain>>[] {
  const items = Array.isArray(value) ? (value as readonly Plain[]) : [value];
  return items.filter(
    (item): item is Readonly<Record<string, Plain>> =>
      typeof item === "object" && item !== null && !Array.isArray(item),
  );
}
