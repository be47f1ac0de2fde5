import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { parseYaml } from "../../src/documents/parse-yaml.ts";
import { readSourceFile } from "../../src/documents/read-source-file.ts";

const folder = join(import.meta.dirname, "../fixtures/documents/invalid");
const cases = readdirSync(folder).filter((name) => name.endsWith(".yml"));

test.each(cases)("parseYaml() tells every mistake in %s", async (name) => {
  const file = await readSourceFile(join(folder, name), name);
  let message: string | undefined;
  const start = performance.now();
  try {
    await parseYaml(file);
  } catch (error) {
    expect(error).toBeInstanceOf(DocumentError);
    message = (error as DocumentError).message;
  }
  expect(performance.now() - start).toBeLessThan(5000);
  await expect(`${message}\n`).toMatchFileSnapshot(join(folder, name.replace(/yml$/u, "txt")));
});
