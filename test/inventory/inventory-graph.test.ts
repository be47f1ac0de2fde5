import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drawInventory } from "../../src/inventory/inventory-graph.ts";
import { loadInventoryTree } from "../../src/inventory/load-inventory-tree.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";

test("drawInventory() draws groups that are nested deeper than functions can call themselves", async () => {
  const workingDirectory = temporaryFolder();
  const sections = Array.from({ length: 6000 }, (_, index) => `[g${index}:children]\ng${index + 1}\n`);
  writeFileSync(join(workingDirectory, "hosts.ini"), `${sections.join("")}[g6000]\nw1\n`);
  const tree = await loadInventoryTree(["hosts.ini"], { workingDirectory });
  const lines = drawInventory(tree, "g0").trimEnd().split("\n");
  expect(lines).toHaveLength(6002);
  expect(lines.slice(0, 3)).toEqual(["@g0:", "  |--@g1:", "  |  |--@g2:"]);
  expect(lines.at(-1)).toBe(`${"  |".repeat(6001)}--w1`);
});
