import { extname } from "node:path";
import { describeNode } from "../documents/describe-node.ts";
import { DocumentError } from "../documents/document-error.ts";
import { valueOf } from "../documents/node-at.ts";
import { inOrder } from "../documents/problem-at.ts";
import { quote } from "../documents/quote.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import type { DocumentNode } from "../documents/node.ts";
import { FusionPlayError } from "../errors.ts";
import { ansibleTags } from "../secrets/ansible-tags.ts";
import { Keys } from "../secrets/keys.ts";
import { readEncryptedFile } from "../secrets/read-encrypted-file.ts";
import type { Play, Playbook } from "./playbook.ts";
import { namesRegisteredIn, report, type Reading } from "./playbook-source.ts";
import { readPlay } from "./read-play.ts";
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
}

/**
 * Loads a playbook: a YAML file, or a TypeScript or JavaScript module with plays made by `play()`.
 *
 * @throws {DocumentError} with all mistakes that can be seen without running
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export async function loadPlaybook(
  path: string,
  { keys = new Keys(), registered = new Set() }: PlaybookOptions = {},
): Promise<Playbook> {
  const extension = extname(path).toLowerCase();
  if (YAML.has(extension)) return loadYaml(path, keys, registered);
  if (MODULE.has(extension)) {
    // Only then is the compiler of TypeScript needed.
    const { loadPlayModule } = await import("./load-play-module.ts");
    return { file: path, plays: await loadPlayModule(path, { keys, registered }) };
  }
  throw new FusionPlayError(
    `Cannot load ${quote(path)}: a playbook is a .yml, .yaml, .ts, .mts, .js or .mjs file`,
    {
      code: "USAGE",
      hint: "Rename the file, or check that it is the one you mean",
    },
  );
}

async function loadYaml(path: string, keys: Keys, registered: Set<string>): Promise<Playbook> {
  const file = await readEncryptedFile(path, path, keys);
  const root = parseYaml(file);
  const source = yamlSource(file, ansibleTags(keys, "value"));
  const read = await readVariablesFiles(source, root.kind === "sequence" ? root.items : [root], keys);
  const reading: Reading = {
    source,
    problems: [...read.problems, ...read.problemsInFiles],
    variablesFiles: read.files,
    registered,
    registeredAnywhere: new Set(namesRegisteredIn(root)),
    required: [],
  };
  const plays = readPlays(reading, root);
  if (file.isSecret === true) {
    // All else of a play, such as names of steps, would hide too much.
    const vars = (root.kind === "sequence" ? root.items : [root]).map((play) => valueOf(play, "vars"));
    for (const node of vars) if (node !== undefined) keys.secrets.addData(source.data(node, []));
  }
  if (reading.problems.length > 0) throw new DocumentError(inOrder(reading.problems));
  return { file: path, plays };
}

function readPlays(reading: Reading, root: DocumentNode): Play[] {
  if (root.kind === "mapping") return [readPlay(reading, root)].filter((play) => play !== undefined);
  if (root.kind === "sequence" && root.items.length > 0) {
    return root.items.map((node) => readPlay(reading, node)).filter((play) => play !== undefined);
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
