import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";

const folder = join(import.meta.dirname, "../fixtures/inventory/invalid");
const cases = readdirSync(folder).filter((name) => !name.endsWith(".txt"));

test.each(cases)("loadInventory() tells every mistake in %s", async (name) => {
  const error: unknown = await loadInventory([name], { workingDirectory: folder }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FusionPlayError);
  const { message, code, hint } = error as FusionPlayError;
  // Mistakes in documents have their hints in the message.
  const text = error instanceof DocumentError ? message : `${code}: ${message}\n${hint}`;
  await expect(`${text.replaceAll(folder, ".")}\n`).toMatchFileSnapshot(
    join(folder, `${name.replace(/\.yml$/u, "")}.txt`),
  );
});

test("loadInventory() tells the mistakes of all sources, when several have some", async () => {
  const sources = ["list.yml", "ranges.yml", "empty.yml"];
  const error: unknown = await loadInventory(sources, { workingDirectory: folder }).catch(
    (reason: unknown) => reason,
  );
  expect([...new Set((error as DocumentError).problems.map(({ file }) => file))]).toEqual([
    "empty.yml",
    "list.yml",
    "ranges.yml",
  ]);
});
