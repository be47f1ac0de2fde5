// Every block of code of the README and of docs/ is checked here, by its language, or named as what another test
// runs. Commands, `sh` and `console`, are run by test/live/documents.test.ts.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import { DOCUMENTS, examplesOf, readDocument, ROOT, type Example } from "./markdown.ts";
import { wholeYaml } from "./whole-yaml.ts";

const run = promisify(execFile);

/** Which test looks at the blocks of a language in a document, where it is not this one. */
const CHECKED_ELSEWHERE: Readonly<Record<string, string>> = {
  "docs/api.md ts": "test/docs/api.test.ts",
  "docs/ci.md groovy": "test/live/ci-files.test.ts",
  "docs/ci.md yaml": "test/live/ci-files.test.ts",
  "docs/editors.md json": "test/schemas/language-server.test.ts",
  "docs/inventory.md json": "test/docs/inventory.test.ts",
  "docs/typescript.md json": "test/live/package.test.ts",
  "docs/from-ansible.md yml": "test/live/from-ansible.test.ts",
};

/** Files that examples of playbooks name. */
const FILES: Readonly<Record<string, string>> = {
  "vars/common.yml": "region: north\n",
  "vars/default.yml": "region: south\n",
  "steps/upgrade.yml": "- run: shop:upgrade(${{ vars.wanted }})\n",
  "database.yml": "- hosts: db\n  steps:\n    - run: migration:run(${{ vars.release }})\n",
};

/** How a block is checked, by its language. */
const CHECKS: Readonly<Record<string, (example: Example) => unknown>> = {
  sh: checkCommands,
  console: checkCommands,
  text: checkDrawing,
  yaml: checkYaml,
  ts: checkTypeScript,
  erlang: checkErlang,
  elixir: checkElixir,
  json: checkJson,
  jsonc: checkProblem,
  ini: async ({ source }) =>
    expect((await loadInventory([await write("hosts.ini", source)])).hosts.size).toBeGreaterThan(0),
  lua: checkTags,
  toml: checkTags,
};

const examples = DOCUMENTS.flatMap(examplesOf);
const elsewhere = (example: Example): string | undefined =>
  CHECKED_ELSEWHERE[`${example.document} ${example.language}`];
let folder = "";
let files = 0;
/** What the compiler says of all TypeScript, one line for each mistake. */
let mistakes: readonly string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fusion-play-examples-"));
  mistakes = await compileTypeScript(
    examples.filter((each) => each.language === "ts" && elsewhere(each) === undefined),
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(DOCUMENTS)("every fence of %s opens or closes a block that was found", (document) => {
  const fences = readDocument(document).match(/^\s*```/gm) ?? [];
  expect(fences.length).toBe(2 * examplesOf(document).length);
});

test("tests that look at blocks elsewhere exist, and their documents have such blocks", () => {
  for (const [key, file] of Object.entries(CHECKED_ELSEWHERE)) {
    const [document = ""] = key.split(" ");
    expect(readDocument(file), key).toContain(document.startsWith("docs/api") ? "api.md" : document);
    expect(
      examples.some((example) => elsewhere(example) === file && example.document === document),
      key,
    ).toBe(true);
  }
});

describe.each(examples.filter((example) => elsewhere(example) === undefined))(
  "$document:$line",
  (example) => {
    test(`is what its language, ${example.language}, asks for`, async () => {
      const check = CHECKS[example.language];
      if (check === undefined)
        throw new Error(
          `No check knows the language "${example.language}": drawings are text, commands sh or console`,
        );
      await check(example);
    });
  },
);

/** That they run, test/live/documents.test.ts finds out; here, that there are some. */
function checkCommands({ language, source }: Example): void {
  expect(source).toMatch(language === "console" ? /^\$ \S/ : /^\S/);
}

/** Only what shows nothing that could be run is plain text: drawings, and the list of commands. */
function checkDrawing({ source }: Example): void {
  expect(source).toMatch(/[─│┌└▶]|^fusion-play <playbook>/);
}

async function checkYaml({ source, document }: Example): Promise<void> {
  const { kind, text } = wholeYaml(source);
  if (kind === "inventory") {
    const { groups } = await loadInventory([await write("hosts.yml", text)]);
    expect(groups.size).toBeGreaterThan(0);
    return;
  }
  const path = await write("site.yml", text);
  for (const [name, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(dirname(path), name)), { recursive: true });
    await writeFile(join(dirname(path), name), content);
  }
  const { plays } = await loadPlaybook(path);
  expect(plays.length, document).toBeGreaterThan(0);
}

async function checkTypeScript(example: Example): Promise<void> {
  expect(mistakes.filter((line) => line.startsWith(`${typeScriptName(example)}(`))).toEqual([]);
  if (!/^export default (?:play\(|\[)/m.test(example.source)) return;
  const { plays } = await loadPlaybook(await write("play.ts", example.source));
  expect(plays.length).toBeGreaterThan(0);
}

async function checkErlang({ source }: Example): Promise<void> {
  const name = /^-module\((\w+)\)/m.exec(source)?.[1];
  const path = await write(`${name ?? "example"}.erl`, name === undefined ? functionAround(source) : source);
  await run("erlc", ["-Werror", "-o", dirname(path), path]);
}

/** Expressions without a module become the body of a function, in which names need not be bound before. */
function functionAround(source: string): string {
  return `-module(example).\n-export([example/0]).\nexample() ->\n${source.trim()}.\n`;
}

async function checkElixir({ source }: Example): Promise<void> {
  const path = await write("example.ex", source);
  if (source.includes("defmodule")) await run("elixirc", ["--warnings-as-errors", "-o", dirname(path), path]);
  else await run("elixir", ["-e", "System.argv() |> hd() |> File.read!() |> Code.string_to_quoted!()", path]);
}

async function checkJson({ source }: Example): Promise<void> {
  const data = JSON.parse(source) as Record<string, unknown>;
  if ("plays" in data) expect(problemsOf("report", data)).toBeNull();
  else if ("type" in data) expect(problemsOf("event", data)).toBeNull();
  else throw new Error("The JSON is neither a report nor an event");
}

/** A problem of a dry run, in the report of one that the document shows. */
function checkProblem({ source, document }: Example): void {
  const text = examplesOf(document).find((each) => each.source.includes('"would_push"'))?.source ?? "";
  const report = JSON.parse(text) as { plays: { hosts: Record<string, { problems: unknown[] }> }[] };
  const host = Object.values(report.plays[0]?.hosts ?? {})[0];
  host?.problems.push(JSON.parse(source.replaceAll(/,(?=\s*[}\]])/g, "")));
  expect(host?.problems).toHaveLength(1);
  expect(problemsOf("report", report)).toBeNull();
}

/** Settings of other editors name the same tags as those in JSON. */
function checkTags({ source, document }: Example): void {
  const settings = examplesOf(document).find(({ language }) => language === "json")?.source ?? "";
  const tagsIn = (text: string): string[] => text.match(/![a-z]+ [a-z]+/g) ?? [];
  expect(tagsIn(settings).length).toBeGreaterThan(5);
  expect(tagsIn(source)).toEqual(tagsIn(settings));
}

function problemsOf(schema: "event" | "report", data: unknown): unknown {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(readDocument(`schemas/${schema}.schema.json`)) as object);
  validate(data);
  return validate.errors ?? null;
}

/** Compiles all TypeScript at once, against the sources of `fusion-play`. */
async function compileTypeScript(blocks: readonly Example[]): Promise<string[]> {
  const project = join(folder, "typescript");
  await mkdir(project);
  await symlink(join(ROOT, "node_modules"), join(project, "node_modules"));
  const config = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      isolatedDeclarations: false,
      declaration: false,
      typeRoots: [join(ROOT, "node_modules", "@types")],
      paths: { "fusion-play": [join(ROOT, "src", "index.ts")] },
    },
    include: ["*.ts"],
    exclude: [],
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
  for (const block of blocks) await writeFile(join(project, typeScriptName(block)), block.source);
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const output = await run(process.execPath, [compiler, "-p", project, "--pretty", "false"], {
    cwd: project,
  }).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { stdout: string }).stdout,
  );
  const lines = output.split("\n").filter((line) => /error TS/.test(line));
  // A mistake that is in no example is one of the set-up.
  expect(
    lines.filter((line) => !blocks.some((block) => line.startsWith(`${typeScriptName(block)}(`))),
  ).toEqual([]);
  return lines;
}

function typeScriptName({ document, line }: Example): string {
  return `${document.replaceAll(/\W/g, "-")}-${line}.ts`;
}

/** Writes a file into a folder of its own; gives its path. */
async function write(name: string, content: string): Promise<string> {
  const path = join(folder, String(++files), name);
  await mkdir(dirname(path));
  await writeFile(path, content);
  return path;
}
