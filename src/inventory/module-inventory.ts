import { resolve } from "node:path";
import { evaluateModule, moduleError, moduleFailure } from "../documents/evaluate-module.ts";
import { objectNodes } from "../documents/object-nodes.ts";
import { lineNumberAt } from "../documents/position.ts";
import { problemAt } from "../documents/problem-at.ts";
import { quote } from "../documents/quote.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { FusionPlayError } from "../errors.ts";
import * as terms from "../etf/term.ts";
import type { Data } from "../etf/data.ts";
import { Secret, secret } from "../secret.ts";
import type { InventoryTree } from "./inventory-tree.ts";
import { readGroups } from "./yaml-inventory.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";

/** Variables by name. */
export type InventoryVariables = Readonly<Record<string, Data | undefined>>;

/** A group of a TypeScript inventory. */
export interface InventoryGroupInput {
  /** Names or ranges, or a mapping of them to the variables of the hosts. */
  readonly hosts?: string | readonly string[] | Readonly<Record<string, InventoryVariables | null>>;
  /** Names of groups, or a mapping of them to groups. */
  readonly children?: string | readonly string[] | InventoryInput;
  /** Variables of the group. */
  readonly vars?: InventoryVariables;
}

/** An inventory as TypeScript gives it: groups by name. */
export type InventoryInput = { readonly [group: string]: InventoryGroupInput | null };

/** What a TypeScript inventory exports as its default: an inventory, or a function that makes one. */
export type InventoryModule =
  InventoryInput | ((context: InventoryContext) => InventoryInput | Promise<InventoryInput>);

/** What the function of a TypeScript inventory is given. */
export interface InventoryContext {
  /** Aborted when the inventory is no longer wanted, or has taken too long. */
  readonly signal: AbortSignal;
}

/** Cloud services may be slow to list thousands of hosts. */
const TIMEOUT_MS = 120_000;
/** Far more than thousands of hosts have; values that share parts could stand for billions. */
const MOST_VALUES = 2_000_000;

/**
 * Adds the inventory that a TypeScript or JavaScript module exports: groups as in YAML, or a function that gives
 * them.
 *
 * @param path where the file is
 * @throws {DocumentError} if it cannot be evaluated or throws; what else is wrong becomes problems of the tree
 * @throws {FusionPlayError} `TIMEOUT`
 */
export async function readModuleInventory(
  tree: InventoryTree,
  file: SourceFile,
  { path, signal }: { readonly path: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const exported = await evaluateModule(file, {
    path,
    virtualModules: { "fusion-play": { ...terms, Secret, secret } },
  });
  const value =
    typeof exported === "function"
      ? await call(exported as (context: InventoryContext) => unknown, { file, path, signal })
      : exported;
  if (value === undefined || value === null) {
    throw moduleError(
      file,
      undefined,
      "The module exports no inventory",
      'Add: export default async () => ({ web: { hosts: ["web1"] } })',
    );
  }
  const nodes = objectNodes(value, { subject: "inventory", mostValues: MOST_VALUES });
  const start = exportPlace(file);
  const source: SourceFile = {
    ...file,
    valueAt: (offset) => ({ ...start, path: nodes.paths[offset] ?? "" }),
  };
  const mistakes = [...nodes.mistakes, ...nodes.mistakesOfData(nodes.root)];
  if (mistakes.length === 0) readGroups(tree, source, nodes.root);
  for (const { node, message } of mistakes) tree.problems.push(problemAt(source, node, message));
}

async function call(
  make: (context: InventoryContext) => unknown,
  { file, path, signal }: { file: SourceFile; path: string; signal: AbortSignal | undefined },
): Promise<unknown> {
  signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  try {
    return await unlessAborted(Promise.resolve(make({ signal: either })), either);
  } catch (error) {
    signal?.throwIfAborted();
    if (!deadline.aborted) throw await moduleFailure(file, resolve(path), error);
    throw new FusionPlayError(
      `Cannot read ${quote(file.path)}: its function did not end within ${TIMEOUT_MS / 1000} s`,
      { code: "TIMEOUT", hint: "Find out what it waits for" },
    );
  }
}

/** Where a module exports its default: the values it gives have no place of their own. */
function exportPlace(file: SourceFile): { line: number; column: number } {
  const match = /^[ \t]*export\s+default\b/mu.exec(file.text);
  return { line: match === null ? 1 : lineNumberAt(file, match.index), column: 1 };
}
