import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { moduleSources } from "../../src/cli/module-sources.ts";
import { dryRun } from "../../src/engine/dry-run.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import { codeBlocks, readDocument, type CodeBlock } from "./markdown.ts";

const text = readDocument("README.md");
const files = codeBlocks(text).filter(({ language }) => ["yaml", "ts", "erlang"].includes(language));
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fusion-play-readme-"));
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
  await mkdir(join(folder, "cache"), { mode: 0o700 });
  for (const block of files) await writeFile(join(folder, nameOf(block)), block.source);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the README has a module, a playbook, an inventory and a TypeScript playbook", () => {
  expect(files.map(nameOf)).toEqual(["health.erl", "health.yml", "hosts.yml", "health.ts"]);
});

test.each(["health.yml", "health.ts"])("dryRun() finds no problem in %s of the README", async (name) => {
  const report = await dryRun({
    playbooks: [await loadPlaybook(join(folder, name))],
    inventory: await loadInventory([join(folder, "hosts.yml")]),
    openModules: moduleSources([]),
    signal: new AbortController().signal,
  });
  expect(report.status).toBe("ok");
  const hosts = Object.keys(report.plays[0]?.hosts ?? {});
  expect(hosts).toEqual(["web01.example.com", "web02.example.com", "web03.example.com", "db1"]);
});

test("the play of health.yml ships what it calls", async () => {
  const { plays } = await dryRun({
    playbooks: [await loadPlaybook(join(folder, "health.yml"))],
    inventory: await loadInventory([join(folder, "hosts.yml")]),
    openModules: moduleSources([]),
    signal: new AbortController().signal,
  });
  const [first] = plays[0]?.hosts["db1"]?.steps ?? [];
  expect(first?.would_push.map(({ module }) => module)).toEqual(["health"]);
});

test("the README names scripts of package.json", () => {
  const { scripts } = JSON.parse(readDocument("package.json")) as { scripts: Record<string, string> };
  const named = [...text.matchAll(/npm (?:run )?(demo|test|run \w+)\b/g)].map(([, name = ""]) => name);
  expect(named).toContain("demo");
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

/** The first line of each file is a comment with its name. */
function nameOf({ source }: CodeBlock): string {
  return /^(?:#|\/\/|%%) (\S+)$/m.exec(source.split("\n", 1)[0] ?? "")?.[1] ?? "";
}
