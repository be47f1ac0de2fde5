import { dirname, resolve } from "node:path";
import type { Plain } from "../../documents/node-to-plain.ts";
import { BLOCK_SECTIONS } from "../../playbook/block-sections.ts";

/** What playbooks name. */
export interface PlaybookWords {
  /** Names of steps. */
  readonly names: readonly string[];
  /** Tags of steps, and of imports. */
  readonly tags: readonly string[];
  /** Variables that plays and steps give. */
  readonly variables: readonly string[];
}

type Mapping = Readonly<Record<string, Plain>>;

/** More files than anybody waits for. */
const MOST_FILES = 100;

/**
 * Names, tags and variables in YAML playbooks, also in those with mistakes in their keys, and in the files that
 * they include and import.
 */
export async function wordsInPlaybooks(files: readonly string[]): Promise<PlaybookWords> {
  const reader = new PlaybookReader();
  for (const file of files) await reader.readPlaybook(resolve(file));
  return {
    names: [...reader.names],
    tags: [...reader.tags].filter((word) => word !== ""),
    variables: [...reader.variables],
  };
}

/** Reads each file once; of one that cannot be read there is nothing to say. */
class PlaybookReader {
  readonly names = new Set<string>();
  readonly tags = new Set<string>();
  readonly variables = new Set<string>();
  readonly #read = new Set<string>();

  async readPlaybook(file: string): Promise<void> {
    for (const play of listOf(await this.#rootOf(file))) {
      this.#take(play);
      await this.#readFile(file, play["import_playbook"], (path) => this.readPlaybook(path));
      for (const prompt of listOf(play["vars_prompt"])) {
        if (typeof prompt["name"] === "string") this.variables.add(prompt["name"]);
      }
      for (const name of [play["vars_files"]].flat(2)) {
        await this.#readFile(file, name, (path) => this.#readVariables(path));
      }
      await this.#readSteps(file, play["steps"]);
    }
  }

  async #readSteps(file: string, steps: Plain | undefined): Promise<void> {
    for (const step of listOf(steps)) {
      if (typeof step["name"] === "string") this.names.add(step["name"]);
      this.#take(step);
      await this.#readFile(file, step["include_steps"], async (path) =>
        this.#readSteps(path, await this.#rootOf(path)),
      );
      for (const section of BLOCK_SECTIONS) await this.#readSteps(file, step[section]);
    }
  }

  async #readVariables(file: string): Promise<void> {
    for (const variables of listOf(await this.#rootOf(file))) this.#takeVariables(variables);
  }

  /** Keeps what plays, imports, blocks and steps have alike. */
  #take({ tags, vars }: Mapping): void {
    for (const tag of [tags].flat()) {
      if (typeof tag === "string") for (const word of tag.split(",")) this.tags.add(word.trim());
    }
    for (const variables of listOf(vars)) this.#takeVariables(variables);
  }

  #takeVariables(variables: Mapping): void {
    for (const name of Object.keys(variables)) this.variables.add(name);
  }

  async #readFile(
    from: string,
    name: Plain | undefined,
    read: (path: string) => Promise<void>,
  ): Promise<void> {
    if (typeof name === "string") await read(resolve(dirname(from), name));
  }

  async #rootOf(file: string): Promise<Plain | undefined> {
    if (this.#read.has(file) || this.#read.size >= MOST_FILES || !/\.(ya?ml|json)$/i.test(file))
      return undefined;
    this.#read.add(file);
    const { readSourceFile } = await import("../../documents/read-source-file.ts");
    const { parseYaml } = await import("../../documents/parse-yaml.ts");
    const { nodeToPlain } = await import("../../documents/node-to-plain.ts");
    try {
      return nodeToPlain(await parseYaml(await readSourceFile(file)));
    } catch {
      return undefined;
    }
  }
}

/** The mappings of a list, or a mapping alone. */
function listOf(value: Plain | undefined): Mapping[] {
  const items = Array.isArray(value) ? (value as readonly Plain[]) : [value];
  return items.filter(
    (item): item is Mapping => typeof item === "object" && item !== null && !Array.isArray(item),
  );
}
