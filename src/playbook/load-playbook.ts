import { createHash } from "node:crypto";
import { dirname, extname, join, resolve } from "node:path";
import { describeNode } from "../documents/describe-node.ts";
import { DocumentError } from "../documents/document-error.ts";
import { foldProblems } from "../documents/fold-problems.ts";
import { valueOf } from "../documents/node-at.ts";
import { inOrder } from "../documents/problem-at.ts";
import { compileSchema } from "../documents/validate.ts";
import { quote } from "../documents/quote.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import type { DocumentNode } from "../documents/node.ts";
import { FusionPlayError } from "../errors.ts";
import { ansibleTags } from "../secrets/ansible-tags.ts";
import { Keys } from "../secrets/keys.ts";
import { readEncryptedFile } from "../secrets/read-encrypted-file.ts";
import { NOT_IMPORTED, readImportKeys, type ImportKeys } from "./import-keys.ts";
import {
  areAnsibleTasks,
  isAnsiblePlay,
  reportAnsiblePlays,
  reportAnsibleTasks,
} from "./from-ansible/ansible-play.ts";
import type { Play, Playbook } from "./playbook.ts";
import { IMPORT_SCHEMA } from "./play-schema.ts";
import {
  checkSchema,
  namesRegisteredIn,
  report,
  type ExtraVariables,
  type Reading,
} from "./playbook-source.ts";
import { readPlay } from "./read-play.ts";
import { refuseTags } from "./refuse-tags.ts";
import { textOf } from "./step-context.ts";
import { addSecretVariables } from "./secret-variables.ts";
import { readStepFiles } from "./step-files.ts";
import { isTemplate } from "./template-text.ts";
import { readVariablesFiles } from "./variables-files.ts";
import { yamlSource } from "./yaml-source.ts";

const YAML = new Set([".yml", ".yaml"]);
const MODULE = new Set([".ts", ".mts", ".js", ".mjs"]);

/** Options of {@linkcode loadPlaybook}. */
export interface PlaybookOptions {
  /**
   * Open what is encrypted.
   *
   * @default none
   */
  readonly keys?: Keys;
  /**
   * Names that the playbooks before it register; gets those of this one.
   *
   * @default none
   */
  readonly registered?: Set<string>;
  /**
   * The playbooks that lead to this one by `import_playbook`, as absolute paths.
   *
   * @default none
   */
  readonly importedBy?: readonly string[];
  /**
   * What those imports say for the plays.
   *
   * @default nothing
   */
  readonly imported?: ImportKeys;
  /**
   * Variables that stand above all others; `later` of a playbook that is not to be run, so that what is known only
   * from them is left open.
   *
   * @default none
   */
  readonly extraVars?: ExtraVariables;
}

/**
 * Loads a playbook: a YAML file, or a TypeScript or JavaScript module with plays made by `play()`.
 *
 * @throws {DocumentError} with all mistakes that can be seen without running
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export async function loadPlaybook(
  path: string,
  {
    keys = new Keys(),
    registered = new Set(),
    importedBy = [],
    imported = NOT_IMPORTED,
    extraVars = {},
  }: PlaybookOptions = {},
): Promise<Playbook> {
  const extension = extname(path).toLowerCase();
  if (YAML.has(extension)) return loadYaml(path, { keys, registered, importedBy, imported, extraVars });
  if (MODULE.has(extension)) {
    // Only then is the compiler of TypeScript needed.
    const { loadPlayModule } = await import("./load-play-module.ts");
    const { text, plays } = await loadPlayModule(path, { keys, registered, imported, extraVars });
    return { file: path, digest: digestOf([text]), plays };
  }
  throw new FusionPlayError(
    `Cannot load ${quote(path)}: a playbook is a .yml, .yaml, .ts, .mts, .js or .mjs file`,
    {
      code: "USAGE",
      hint: "Rename the file, or check that it is the one you mean",
    },
  );
}

async function loadYaml(path: string, options: Required<PlaybookOptions>): Promise<Playbook> {
  const { keys, registered, extraVars } = options;
  const file = await readEncryptedFile(path, path, keys);
  const root = await parseYaml(file);
  const source = yamlSource(file, ansibleTags(keys, "template"));
  const read = await readVariablesFiles(source, root.kind === "sequence" ? root.items : [root], keys);
  const steps = await readStepFiles(source, root, keys);
  const reading: Reading = {
    source,
    problems: [...read.problems, ...read.problemsInFiles, ...steps.problems],
    stepFiles: steps.files,
    problemsInFiles: steps.problemsInFiles,
    variablesFiles: read.files,
    registered,
    registeredAnywhere: new Set(namesRegisteredIn(root)),
    extraVars,
    hide: (data) => keys.secrets.addResult(data, undefined),
    required: [],
  };
  const texts = [file.text, ...Array.from(steps.files.values(), (included) => included.source.text.text)];
  const items = root.kind === "sequence" ? root.items : [root];
  const isTasks = areAnsibleTasks(items);
  const summary = isTasks ? reportAnsibleTasks(reading, items) : reportAnsiblePlays(reading, items);
  const plays = isTasks ? [] : await readPlays(reading, root, { ...options, texts });
  if (file.isSecret === true) addSecretVariables(source, root, keys.secrets);
  const problems = [...reading.problems, ...reading.problemsInFiles, ...summary];
  if (problems.length > 0) throw new DocumentError(inOrder(foldProblems(inOrder(problems))));
  return { file: path, digest: digestOf(texts), plays };
}

function digestOf(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length} ${text}`);
  return hash.digest("hex");
}

interface PlaysContext extends Required<PlaybookOptions> {
  /** Gets what the playbook is made of besides its own text. */
  readonly texts: string[];
}

async function readPlays(reading: Reading, root: DocumentNode, options: PlaysContext): Promise<Play[]> {
  if (root.kind === "mapping" || (root.kind === "sequence" && root.items.length > 0)) {
    const plays: (Play | undefined)[] = [];
    for (const node of root.kind === "mapping" ? [root] : root.items) {
      // Of those that were written for Ansible all has been said.
      if (isAnsiblePlay(node)) continue;
      const file = valueOf(node, "import_playbook");
      if (file === undefined) plays.push(readPlay(reading, node, options.imported));
      else plays.push(...(await importPlays(reading, node, file, options)));
    }
    return plays.filter((play) => play !== undefined);
  }
  report(reading, root, {
    message:
      root.kind === "scalar" && root.value !== null
        ? `A playbook expects a play or a list of plays, got ${describeNode(root)}`
        : "The playbook is empty",
    hint: 'Start with "- hosts: all" and "steps:"',
  });
  return [];
}

/** The plays of a playbook that another one imports. */
async function importPlays(
  reading: Reading,
  node: DocumentNode,
  importedFile: DocumentNode,
  { importedBy, imported: around, texts, ...options }: PlaysContext,
): Promise<Play[]> {
  refuseTags(reading, node);
  if (!checkSchema(reading, node, compileSchema(IMPORT_SCHEMA))) return [];
  const imported = readImportKeys(reading, node, around);
  const { path } = reading.source.text;
  const name = textOf(importedFile) ?? "";
  if (isTemplate(name)) {
    report(reading, importedFile, {
      message: '"import_playbook" cannot hold ${{ … }}: the file is read before any value is known',
      hint: "Import several files, each with a when",
    });
    return [];
  }
  const shown = name.startsWith("/") ? name : join(dirname(path), name);
  const chain = [...importedBy, resolve(path)];
  if (chain.includes(resolve(shown))) {
    report(reading, importedFile, {
      message: `The playbook imports itself: ${[...chain, resolve(shown)].join(", ")}`,
    });
    return [];
  }
  try {
    const { digest, plays } = await loadPlaybook(shown, { ...options, importedBy: chain, imported });
    texts.push(digest ?? "");
    return [...plays];
  } catch (error) {
    if (error instanceof DocumentError) reading.problemsInFiles.push(...error.problems);
    else if (error instanceof FusionPlayError) report(reading, importedFile, error);
    else throw error;
    return [];
  }
}
