import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { writeStarterProject } from "../../src/cli/starter-project.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { codeBlocks, readDocument, ROOT } from "../docs/markdown.ts";
import { LanguageServer, type Diagnostic } from "./language-server.ts";

const WRONG = "test/fixtures/schemas/wrong";
/** What docs/editors.md tells users to put into their settings. */
const settings = JSON.parse(
  codeBlocks(readDocument("docs/editors.md")).find(({ language }) => language === "json")?.source ?? "",
) as Readonly<Record<string, unknown>>;

let server: LanguageServer;

beforeAll(async () => {
  server = await LanguageServer.start({
    // Nothing is to be looked up in the catalogue of schemas on the web.
    yaml: { customTags: settings["yaml.customTags"], schemaStore: { enable: false } },
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function diagnose(file: string, text: string = readDocument(file)): Promise<readonly Diagnostic[]> {
  return server.diagnose(join(ROOT, file), text);
}

describe("the examples", () => {
  const files = ["playbooks", "inventory"].flatMap((folder) => filesIn(folder, ".yml"));

  test("are there", () => {
    expect(files).toEqual(expect.arrayContaining(["playbooks/site.yml", "inventory/hosts.yml"]));
  });

  test.each(files)("%s names its schema, and nothing is wrong in it", async (file) => {
    expect(readDocument(file).split("\n", 1)[0]).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/schemas\/(playbook|inventory)\.schema\.json$/,
    );
    expect(await diagnose(file)).toEqual([]);
  });
});

describe("a starter project", () => {
  const folder = temporaryFolder();

  beforeAll(() => writeStarterProject(folder));

  test.each(["site.yml", "hosts.yml"])("has nothing wrong in %s", async (name) => {
    const file = join(folder, name);
    expect(await server.diagnose(file, readFileSync(file, "utf8"))).toEqual([]);
  });
});

describe("the documents", () => {
  const blocks = ["README.md", ...filesIn("docs", ".md")].flatMap((document) =>
    codeBlocks(readDocument(document))
      .filter(({ language }) => language === "yaml")
      .flatMap(({ source }, index) => {
        const schema = schemaOf(source);
        return schema === undefined ? [] : [{ document, number: index + 1, schema, source }];
      }),
  );

  test("have playbooks and inventories", () => {
    expect(blocks.filter(({ schema }) => schema === "playbook").length).toBeGreaterThan(8);
    expect(blocks.filter(({ schema }) => schema === "inventory").length).toBeGreaterThan(1);
  });

  test.each(blocks)("$document, YAML $number: nothing is wrong in the $schema", async (block) => {
    const { document, number, schema, source } = block;
    const header = `# yaml-language-server: $schema=${ROOT}/schemas/${schema}.schema.json\n`;
    expect(await diagnose(`${document}.${number}.yml`, header + source)).toEqual([]);
  });
});

describe("wrong files", () => {
  const files = filesIn(WRONG, ".yml");

  test("are more than thirty", () => {
    expect(files.length).toBeGreaterThan(30);
  });

  test.each(files)("%s: every mistake is found, where it is", async (file) => {
    const found = await diagnose(file);
    expect(found.length).toBeGreaterThan(0);
    const lines = found.map(({ line, column, message }) => `${line}:${column}: ${message}\n`);
    await expect(lines.join("")).toMatchFileSnapshot(join(ROOT, file.replace(/yml$/, "txt")));
  });

  test.each(files)("%s is refused by the program as well", async (file) => {
    const path = join(ROOT, file);
    const loading = basename(file).startsWith("playbook-") ? loadPlaybook(path) : loadInventory([path]);
    await expect(loading).rejects.toMatchObject({ code: "DOCUMENT_INVALID" });
  });
});

describe("while one writes", () => {
  const header = `# yaml-language-server: $schema=${ROOT}/schemas/playbook.schema.json\n`;

  let written = 0;

  async function proposalsAt(text: string): Promise<string[]> {
    const proposals = await server.complete(join(ROOT, `written-${++written}.yml`), header + text);
    return proposals.map(({ label }) => label);
  }

  test("a step is offered all kinds, until it has one, and then the keys of its kind", async () => {
    const before = await proposalsAt("- hosts: all\n  steps:\n    - |\n");
    expect(before).toEqual(expect.arrayContaining(["push", "run", "eval", "assert", "name", "purge"]));
    const after = await proposalsAt("- hosts: all\n  steps:\n    - run: lists:seq(1, 3)\n      |\n");
    expect(after).toEqual(expect.arrayContaining(["register", "until"]));
    expect(after.filter((label) => ["push", "eval", "assert"].includes(label))).toEqual([]);
  });

  test.each([
    ["a play", "- |\n", ["hosts", "serial", "steps"]],
    ["inline code", "- hosts: all\n  steps:\n    - eval:\n        |\n", ["elixir", "erlang", "bindings"]],
    ["an assertion", "- hosts: all\n  steps:\n    - assert:\n        |\n", ["that", "match", "schema"]],
    ["one of some values", "- hosts: all\n  steps:\n    - push: lists\n      purge: |\n", ["soft", "hard"]],
  ])("%s is offered what it may have", async (_name, text, expected) => {
    expect(await proposalsAt(text)).toEqual(expect.arrayContaining(expected));
  });

  test("a key is explained, with its default and examples", async () => {
    const text = await server.hover(
      join(ROOT, "written.yml"),
      `${header}- hosts: all\n  ser|ial: 5\n  steps: []\n`,
    );
    expect(text).toContain("How many hosts to finish before the next ones");
    expect(text).toContain('Default: "100%"');
    expect(text).toContain("25%");
  });
});

/** Files of a folder of the checkout, by their paths in it. */
function filesIn(folder: string, extension: string): string[] {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(extension));
  return names.map((name) => `${folder}/${name}`);
}

/** Which schema YAML is meant for; undefined for what is neither a playbook nor an inventory. */
function schemaOf(source: string): "playbook" | "inventory" | undefined {
  const root: unknown = parse(source, { logLevel: "silent" });
  if (Array.isArray(root) || hasKey(root, ["steps"])) return "playbook";
  const values = typeof root === "object" && root !== null ? Object.values(root) : [];
  return values.some((value) => hasKey(value, ["hosts", "children", "vars"])) ? "inventory" : undefined;
}

function hasKey(value: unknown, keys: readonly string[]): boolean {
  return typeof value === "object" && value !== null && keys.some((key) => key in value);
}
