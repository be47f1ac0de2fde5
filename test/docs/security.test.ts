import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

test("docs/security.md names tests that exist", () => {
  const text = readFileSync(join(root, "docs", "security.md"), "utf8");
  const named = [...text.matchAll(/`(test\/[\w/.-]+)`/g)].map(([, file]) => file ?? "");
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
