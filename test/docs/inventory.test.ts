import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CONNECTION_VARIABLES } from "../../src/inventory/connection-variables.ts";
import type { Inventory } from "../../src/inventory/inventory.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { codeBlocks, inlineCode, readDocument, sectionOf, tableRows } from "./markdown.ts";

const text = readDocument("docs/inventory.md");

test("docs/inventory.md lists the connection variables, what wins first", () => {
  const rows = tableRows(sectionOf(text, "## Connection variables")).map(([first = "", others = ""]) => [
    ...inlineCode(first),
    ...inlineCode(others),
  ]);
  expect(rows).toEqual(CONNECTION_VARIABLES.map(({ names }) => [...names]));
});

test("the examples of docs/inventory.md say the same in YAML and in INI", async () => {
  const [yaml, ini] = [await load("yaml", "hosts.yml"), await load("ini", "hosts.ini")];
  expect([...yaml.hosts.keys()]).toEqual([
    "web01.example.com",
    "web02.example.com",
    "web03.example.com",
    "db1",
    "db2",
  ]);
  const whatMatters = ({ hosts }: Inventory): unknown =>
    [...hosts.values()].map(({ name, groups, vars, connection }) => ({
      name,
      groups,
      port: Number(vars["http_port"]),
      connection,
    }));
  expect(whatMatters(ini)).toEqual(whatMatters(yaml));
});

async function load(language: string, name: string): Promise<Inventory> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-inventory-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const block = codeBlocks(text).find((candidate) => candidate.language === language);
  await writeFile(join(folder, name), block?.source ?? "");
  return loadInventory([join(folder, name)]);
}
