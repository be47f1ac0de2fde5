import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describeNode } from "../documents/describe-node.ts";
import { DocumentError, type Problem } from "../documents/document-error.ts";
import { keyText } from "../documents/key-text.ts";
import type { DocumentNode } from "../documents/node.ts";
import { valueOf } from "../documents/node-at.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import { problemAt } from "../documents/problem-at.ts";
import { quote } from "../documents/quote.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { FusionPlayError } from "../errors.ts";
import { ansibleTags } from "../secrets/ansible-tags.ts";
import { secret } from "../secret.ts";
import type { Keys } from "../secrets/keys.ts";
import { readEncryptedFile } from "../secrets/read-encrypted-file.ts";
import type { VariablesFile } from "./playbook.ts";
import { PLAY_NAMES } from "./names.ts";
import type { PlaybookSource, Reading } from "./playbook-source.ts";
import { oneOrMore, textOf } from "./step-context.ts";
import { readVariableTemplates } from "./template.ts";
import { isTemplate } from "./template-text.ts";
import { yamlSource } from "./yaml-source.ts";

/** What became of the files of variables that plays name. */
export interface ReadFiles {
  /** By the nodes that name them: the items of the lists. */
  readonly files: ReadonlyMap<DocumentNode, VariablesFile>;
  /** What is wrong with the names, at their places in the playbook. */
  readonly problems: Problem[];
  /** What is wrong in the files, at the places there. */
  readonly problemsInFiles: Problem[];
}

/**
 * Reads the files that the key `vars_files` of plays names, before the plays are read.
 *
 * @param plays the nodes of the plays
 */
export async function readVariablesFiles(
  source: PlaybookSource,
  plays: readonly DocumentNode[],
  keys: Keys,
): Promise<ReadFiles> {
  const files = new Map<DocumentNode, VariablesFile>();
  const read: ReadFiles = { files, problems: [], problemsInFiles: [] };
  for (const play of plays) {
    for (const item of itemsOf(play)) {
      const paths = oneOrMore(item).map(textOf);
      // What is no text, or a template, is told when the play is read.
      if (!paths.every((path) => path !== undefined && path !== "" && !isTemplate(path))) continue;
      const file = await readFirst(paths as string[], { ...read, source, item, keys });
      if (file !== undefined) files.set(item, file);
    }
  }
  return read;
}

/** The files of one play, in their order. */
export function variablesFilesOf(reading: Reading, play: DocumentNode): VariablesFile[] {
  return itemsOf(play).flatMap((item) => reading.variablesFiles.get(item) ?? []);
}

function itemsOf(play: DocumentNode): readonly DocumentNode[] {
  return oneOrMore(valueOf(play, "vars_files"));
}

interface FileContext extends ReadFiles {
  readonly source: PlaybookSource;
  readonly item: DocumentNode;
  readonly keys: Keys;
}

/** Reads the first file that exists. */
async function readFirst(paths: readonly string[], context: FileContext): Promise<VariablesFile | undefined> {
  let missing: FusionPlayError | undefined;
  for (const path of paths) {
    try {
      return await readVariablesFile(path, context);
    } catch (error) {
      if (error instanceof DocumentError) context.problemsInFiles.push(...error.problems);
      else if (error instanceof FusionPlayError && isMissing(error)) {
        missing ??= error;
        continue;
      } else if (error instanceof FusionPlayError) reportUnreadable(error, context);
      else throw error;
      return undefined;
    }
  }
  if (missing !== undefined) reportMissing(paths, missing, context);
  return undefined;
}

function isMissing({ cause }: FusionPlayError): boolean {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function reportMissing(
  paths: readonly string[],
  { message, hint }: FusionPlayError,
  { source, item, problems }: FileContext,
): void {
  const text =
    paths.length === 1 ? message : `Cannot read any of ${paths.map(quote).join(", ")}: none of them exists`;
  problems.push(problemAt(source.text, item, text, paths.length === 1 ? hint : undefined));
}

function reportUnreadable({ message, hint }: FusionPlayError, { source, item, problems }: FileContext): void {
  problems.push(problemAt(source.text, item, message, hint));
}

async function readVariablesFile(path: string, context: FileContext): Promise<VariablesFile> {
  const { source, keys, problemsInFiles: problems } = context;
  const name = path.startsWith("~/") ? join(homedir(), path.slice(2)) : join(dirname(source.text.path), path);
  const shown = path.startsWith("/") ? path : name;
  const file = await readEncryptedFile(resolve(shown), shown, keys);
  const root = await parseYaml(file, { scalars: "ansible" });
  return { file: shown, vars: readRoot(file, root, { keys, problems }) };
}

function readRoot(
  file: SourceFile,
  root: DocumentNode,
  { keys, problems }: { readonly keys: Keys; readonly problems: Problem[] },
): VariablesFile["vars"] {
  if (root.kind !== "mapping" && (root.kind !== "scalar" || root.value !== null)) {
    problems.push(problemAt(file, root, `A file of variables is a mapping, got ${describeNode(root)}`));
  }
  const source = yamlSource(file, ansibleTags(keys, file.isSecret === true ? "value" : "template"));
  if (file.isSecret === true) return secretValues(source, root, { keys, problems });
  return readVariableTemplates(
    {
      source,
      problems,
      variablesFiles: new Map(),
      stepFiles: new Map(),
      problemsInFiles: [],
      registered: new Set(),
      registeredAnywhere: new Set(),
      extraVars: "later",
      hide: () => {}, // nothing is evaluated yet
      required: [],
    },
    root,
    PLAY_NAMES,
  );
}

/** What was encrypted is taken as it is: an error in an expression would show the expression. */
function secretValues(
  source: PlaybookSource,
  root: DocumentNode,
  { keys, problems }: { readonly keys: Keys; readonly problems: Problem[] },
): VariablesFile["vars"] {
  if (root.kind !== "mapping") return {};
  const variables = root.entries.map(({ key, value }) => {
    const data = secret(source.data(value, problems));
    keys.secrets.addData(data);
    const location = source.locate(key);
    return [keyText(key), { evaluate: () => data, required: [], location }] as const;
  });
  return Object.fromEntries(variables);
}
