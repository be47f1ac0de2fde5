import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { INVENTORY_PIECES, mutatedText } from "../documents/mutated-text.ts";

const fixtures = join(import.meta.dirname, "../fixtures/inventory");

/** Which files are mutated, and what stands in them beforehand. */
const SAMPLES: readonly (readonly [name: string, paths: readonly string[]])[] = [
  ["hosts.yml", ["invalid/groups.yml", "invalid/connection.yml", "invalid/ranges.yml"]],
  ["hosts.ini", ["invalid/mistakes.ini"]],
  ["group_vars/all.yml", ["invalid/connection.yml", "invalid/alias-bomb.yml"]],
];

/**
 * Seconds of CPU that one small file may take: far more than any does on a slow machine, far less than what takes
 * exponential or quadratic time.
 */
const MAX_CPU = 20;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fusion-play-mutated-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(SAMPLES)(
  "loadInventory() gives an inventory or says what is wrong, whatever %s is",
  async (name, paths) => {
    const samples = await Promise.all(paths.map((path) => readFile(join(fixtures, path), "utf8")));
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const source = name.startsWith("group_vars") ? join(folder, "plain.ini") : path;
    await writeFile(join(folder, "plain.ini"), "[web]\nweb1\n");
    let longest = 0;
    await fc.assert(
      fc.asyncProperty(mutatedText(samples, INVENTORY_PIECES), async (text) => {
        await writeFile(path, text);
        await chmod(path, 0o644);
        const before = process.cpuUsage();
        try {
          const inventory = await loadInventory([source]);
          expect(inventory.groups.has("all")).toBe(true);
        } catch (error) {
          if (!(error instanceof FusionPlayError)) throw error;
          expect(error.message).not.toBe("");
          if (error instanceof DocumentError) expectPlaces(error, text);
        }
        const { user, system } = process.cpuUsage(before);
        longest = Math.max(longest, (user + system) / 1e6);
      }),
      { numRuns: 300 },
    );
    expect(longest).toBeLessThan(MAX_CPU);
    await rm(path);
  },
);

function expectPlaces({ problems }: DocumentError, text: string): void {
  expect(problems.length).toBeGreaterThan(0);
  const lines = text.split("\n").length;
  for (const { line, column, message } of problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(message).not.toBe("");
  }
}
