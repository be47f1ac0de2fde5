import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";

const folder = join(import.meta.dirname, "..", "..", "playbooks");
const files = readdirSync(folder).filter((file) => /\.(yml|ts)$/.test(file));

test("there are examples in both languages", () => {
  expect(files).toEqual(expect.arrayContaining(["site.yml", "elixir.yml", expect.stringMatching(/\.ts$/)]));
});

test.each(files)("playbooks/%s has no mistakes", async (file) => {
  const { plays } = await loadPlaybook(join(folder, file));
  expect(plays.length).toBeGreaterThan(0);
});
