import { readFile } from "node:fs/promises";
import { Argument, Command } from "commander";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./failure.ts";

/** The schemas of the package, and what each is for. */
export const SCHEMAS = {
  playbook: "playbooks in YAML",
  inventory: "inventories in YAML",
  report: "what --report json=<file> writes",
  event: "a line of --output ndjson",
  modules: "what modules --json writes",
  doctor: "what doctor --json writes",
  variables: "what vars --json writes",
  diff: "what diff --json writes",
  sessions: "what sessions list --json writes",
  list: "what --list-hosts and --list-steps write with --output ndjson",
} as const;

export type SchemaName = keyof typeof SCHEMAS;

/** `fusion-play schema [name]`: prints a JSON Schema. */
export function schemaCommand({ exit }: CommandContext): Command {
  return new Command("schema")
    .description("print a JSON Schema; without a name, list all of them")
    .addArgument(new Argument("[name]", "the schema to print").choices(Object.keys(SCHEMAS)))
    .action(async (name: SchemaName | undefined) => {
      process.stdout.write(name === undefined ? list() : await readFile(schemaFile(name), "utf8"));
      exit(EXIT.ok);
    });
}

/** Where the package has a schema. */
export function schemaFile(name: SchemaName): URL {
  return new URL(`../../schemas/${name}.schema.json`, import.meta.url);
}

function list(): string {
  return Object.entries(SCHEMAS)
    .map(([name, purpose]) => `${name.padEnd("inventory".length)}  ${purpose}\n`)
    .join("");
}
