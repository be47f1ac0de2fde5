import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evaluateModule } from "../../src/documents/evaluate-module.ts";
import { withOriginalPlaces } from "../../src/documents/original-places.ts";
import { readSourceFile } from "../../src/documents/read-source-file.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";

const folder = temporaryFolder();

/** The stack of what the function throws that a module exports as its default. */
async function stackOf(path: string): Promise<string> {
  const throws = (await evaluateModule(await readSourceFile(path))) as () => void;
  try {
    throws();
  } catch (error) {
    return withOriginalPlaces((error as Error).stack ?? "");
  }
  throw new Error("It did not throw");
}

test.each([
  [
    "the first line",
    "export default (given: number = 1): never => { const a: number = given;   throw new Error(`${a}`); };",
  ],
  [
    "another line",
    "type A = number;\nexport default (given: A = 1): never => { const a: A = given;   throw new Error(`${a}`); };",
  ],
])("withOriginalPlaces() gives line and column of a frame in %s of a file", async (name, text) => {
  const path = join(folder, `${name}.ts`);
  writeFileSync(path, text);
  const before = text.slice(0, text.indexOf("new Error")).split("\n");
  expect(await stackOf(path)).toContain(`${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`);
});

test("withOriginalPlaces() gives line and column in the first line of a file that is required", async () => {
  const library =
    "module.exports = function refuse(given: number): never { const a: number = given;   throw new Error(`${a}`); };";
  writeFileSync(join(folder, "library.cts"), library);
  writeFileSync(join(folder, "requires.ts"), 'export default (): never => require("./library.cts")(1);');
  const stack = await stackOf(join(folder, "requires.ts"));
  expect(stack).toContain(`${join(folder, "library.cts")}:1:${library.indexOf("new Error") + 1}`);
});

test("withOriginalPlaces() gives the names of imported functions as they were written", async () => {
  writeFileSync(join(folder, "web.ts"), "export const fetch = 1;");
  writeFileSync(
    join(folder, "calls.ts"),
    'import { fetsch } from "./web.ts";\nexport default (): void => fetsch();',
  );
  expect(await stackOf(join(folder, "calls.ts"))).toMatch(/^TypeError: fetsch is not a function\n/);
});
