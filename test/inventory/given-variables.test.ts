import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { givenVariables, type GivenVariable } from "../../src/inventory/given-variables.ts";
import { loadInventoryTree } from "../../src/inventory/load-inventory-tree.ts";
import { resolveInventory } from "../../src/inventory/resolve-inventory.ts";

const fixtures = "test/fixtures/inventory/valid";
const PATHS = { homeDirectory: "/home/nobody", workingDirectory: process.cwd() };

/** The inventories of the fixtures whose sources are the file or folder itself. */
const sources = readdirSync(fixtures)
  .map((name) => join(fixtures, name))
  .filter((path) => !existsSync(join(path, "sources.txt")));

test.each(sources)("givenVariables() tells for %s what won, and a line that has its name", async (source) => {
  const tree = await loadInventoryTree([source]);
  const { hosts } = resolveInventory(tree, PATHS);
  for (const [name, host] of hosts) {
    const winners = new Map(givenVariables(tree, name).map((variable) => [variable.name, variable]));
    const values = Object.fromEntries([...winners].map(([key, { data }]) => [key, data]));
    expect(values).toEqual({ ...host.vars });
    for (const variable of winners.values()) expectPlace(variable);
  }
});

/** Whether the line names the variable; that of a host's port does not, which stands behind its name. */
function expectPlace({ name, file, line, data }: GivenVariable): void {
  expect(statSync(file).isFile()).toBe(true);
  const text = readFileSync(file, "utf8").split("\n")[(line ?? 0) - 1];
  const isPort = name === "ansible_port" && text?.includes(`:${JSON.stringify(data)}`) === true;
  if (!isPort) expect(`${file}:${line}: ${text}`).toContain(name);
}
