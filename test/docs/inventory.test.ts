import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
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

test("the TypeScript of docs/inventory.md makes an inventory of what a service answers", async () => {
  const machines = [{ name: "web1", address: "10.0.0.7" }];
  vi.stubGlobal("fetch", async () => Response.json(machines));
  onTestFinished(() => void vi.unstubAllGlobals());
  const { hosts } = await load("ts", "hosts.ts");
  expect([...hosts.keys()]).toEqual(["web1", "db1.example.com", "db2.example.com", "db3.example.com"]);
  expect(hosts.get("web1")).toMatchObject({ connection: { address: "10.0.0.7" }, vars: { http_port: 8080 } });
});

test("the JSON of docs/inventory.md is what a program may print", async () => {
  const listing = codeBlocks(text).find(({ language }) => language === "json")?.source ?? "";
  const { hosts } = await loadText("hosts.sh", `#!/bin/sh\ncat <<'END'\n${listing}\nEND\n`, 0o755);
  expect([...hosts.keys()]).toEqual(["web1", "web2"]);
  expect(hosts.get("web1")?.connection).toEqual({ address: "10.0.0.7" });
});

async function load(language: string, name: string): Promise<Inventory> {
  const block = codeBlocks(text).find((candidate) => candidate.language === language);
  return loadText(name, block?.source ?? "");
}

async function loadText(name: string, content: string, mode = 0o644): Promise<Inventory> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-inventory-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, name), content, { mode });
  return loadInventory([join(folder, name)]);
}
