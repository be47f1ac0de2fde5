import { dirname, join, resolve } from "node:path";
import { describeNode } from "../documents/describe-node.ts";
import { DocumentError, type Problem } from "../documents/document-error.ts";
import { keyText } from "../documents/key-text.ts";
import type { DocumentNode } from "../documents/node.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import { problemAt } from "../documents/problem-at.ts";
import { FusionPlayError } from "../errors.ts";
import { ansibleTags } from "../secrets/ansible-tags.ts";
import type { Keys } from "../secrets/keys.ts";
import { readEncryptedFile } from "../secrets/read-encrypted-file.ts";
import type { PlaybookSource, StepFile } from "./playbook-source.ts";
import { addSecretVariables } from "./secret-variables.ts";
import { textOf } from "./step-context.ts";
import { isTemplate } from "./template-text.ts";
import { yamlSource } from "./yaml-source.ts";

/** How deep files of steps may include each other. */
const DEEPEST = 20;
/** More files than any playbook includes. */
const MOST_FILES = 1000;

/** What became of the files of steps that a playbook includes. */
export interface ReadStepFiles {
  /** By the nodes that name them. */
  readonly files: Map<DocumentNode, StepFile>;
  /** What is wrong with the names, at their places in the playbook. */
  readonly problems: Problem[];
  /** What is wrong in the files, at the places there. */
  readonly problemsInFiles: Problem[];
}

/** Reads the files that `include_steps` names, and those that they include, before the steps are read. */
export async function readStepFiles(
  source: PlaybookSource,
  root: DocumentNode,
  keys: Keys,
): Promise<ReadStepFiles> {
  const read: ReadStepFiles = { files: new Map(), problems: [], problemsInFiles: [] };
  await readIncluded(source, root, { keys, read, problems: read.problems, chain: [] });
  return read;
}

interface IncludeContext {
  readonly keys: Keys;
  readonly read: ReadStepFiles;
  /** Gets what is wrong with the names in this file. */
  readonly problems: Problem[];
  /** The files that lead here, as absolute paths. */
  readonly chain: readonly string[];
}

async function readIncluded(
  source: PlaybookSource,
  root: DocumentNode,
  context: IncludeContext,
): Promise<void> {
  for (const node of includesIn(root)) {
    const path = textOf(node);
    // What is no text, or a template, is told when the step is read.
    if (path === undefined || path === "" || isTemplate(path)) continue;
    await readStepFile(path, { ...context, source, node });
  }
}

/** The values of the keys `include_steps`, wherever they stand. */
function* includesIn(node: DocumentNode): Generator<DocumentNode> {
  if (node.kind === "sequence") for (const item of node.items) yield* includesIn(item);
  if (node.kind !== "mapping") return;
  for (const { key, value } of node.entries) {
    if (keyText(key) === "include_steps") yield value;
    else yield* includesIn(value);
  }
}

async function readStepFile(
  path: string,
  {
    source,
    node,
    ...context
  }: IncludeContext & { readonly source: PlaybookSource; readonly node: DocumentNode },
): Promise<void> {
  const { keys, read, problems, chain } = context;
  const shown = path.startsWith("/") ? path : join(dirname(source.text.path), path);
  const full = resolve(shown);
  const refuse = (message: string, hint?: string): void =>
    void problems.push(problemAt(source.text, node, message, hint));
  if (chain.includes(full)) return refuse(`The file includes itself: ${[...chain, full].join(", ")}`);
  if (chain.length >= DEEPEST) return refuse(`Files of steps include each other more than ${DEEPEST} deep`);
  if (read.files.size >= MOST_FILES) return refuse(`More than ${MOST_FILES} files of steps are included`);
  try {
    const file = await readEncryptedFile(full, shown, keys);
    const root = await parseYaml(file);
    const included = yamlSource(file, ansibleTags(keys, "template"));
    if (file.isSecret === true) addSecretVariables(included, root, keys.secrets);
    if (root.kind !== "sequence") {
      const message = `A file of steps is a list of steps, got ${describeNode(root)}`;
      read.problemsInFiles.push(problemAt(file, root, message));
      return;
    }
    read.files.set(node, { source: included, root });
    const inner = { ...context, problems: read.problemsInFiles, chain: [...chain, full] };
    await readIncluded(included, root, inner);
  } catch (error) {
    if (error instanceof DocumentError) read.problemsInFiles.push(...error.problems);
    else if (error instanceof FusionPlayError) refuse(error.message, error.hint);
    else throw error;
  }
}
