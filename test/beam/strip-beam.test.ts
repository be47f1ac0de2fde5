import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readChunks } from "../../src/beam/iff.ts";
import { findElixir } from "../../src/beam/installation.ts";
import { indexModules } from "../../src/beam/module-index.ts";
import { moduleMd5 } from "../../src/beam/module-md5.ts";
import { stripBeam } from "../../src/beam/strip-beam.ts";
import { temporaryCache } from "./temporary-folder.ts";

temporaryCache();

test("stripBeam() makes at most 60 % of the files of Elixir's standard library, and keeps every md5", async () => {
  const elixir = await findElixir(AbortSignal.timeout(30_000));
  const files = indexModules([join(elixir?.libraryFolder ?? "", "elixir", "ebin")]);
  expect(files.size).toBeGreaterThan(200);
  let fileBytes = 0;
  let strippedBytes = 0;
  for (const [module, file] of files) {
    const bytes = readFileSync(file);
    const chunks = readChunks(bytes);
    const stripped = stripBeam(chunks);
    expect(moduleMd5(readChunks(stripped)), module).toBe(moduleMd5(chunks));
    fileBytes += bytes.length;
    strippedBytes += stripped.length;
  }
  expect(strippedBytes / fileBytes).toBeLessThanOrEqual(0.6);
});
