// Compares what is shipped of each of Elixir's libraries with the size of the files.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readChunks } from "../src/beam/iff.ts";
import { findElixir } from "../src/beam/installation.ts";
import { indexModules } from "../src/beam/module-index.ts";
import { stripBeam } from "../src/beam/strip-beam.ts";

const elixir = await findElixir(AbortSignal.timeout(60_000));
if (elixir === undefined) throw new Error("Elixir is not installed");
for (const application of readdirSync(elixir.libraryFolder)) {
  const files = Array.from(indexModules([join(elixir.libraryFolder, application, "ebin")]).values());
  const contents = files.map((file) => readFileSync(file));
  const fileBytes = sum(contents);
  const shipped = sum(contents.map((bytes) => stripBeam(readChunks(bytes))));
  const share = ((100 * shipped) / fileBytes).toFixed(1);
  console.log(`${application}: ${files.length} modules, ${fileBytes} bytes, shipped ${shipped}, ${share} %`);
}

function sum(contents: readonly Uint8Array[]): number {
  return contents.reduce((total, { length }) => total + length, 0);
}
