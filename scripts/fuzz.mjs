// Reads five million generated inputs, or as many as the argument says, with all that reads what others have written.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const inputs = Number(process.argv[2] ?? 5_000_000);
if (!Number.isInteger(inputs) || inputs < 1) {
  console.error("Cannot fuzz: the argument is the number of inputs");
  process.exit(1);
}
const { status } = spawnSync(
  process.execPath,
  [join("node_modules", "vitest", "vitest.mjs"), "run", "--project", "rooms", "test/fuzz"],
  {
    stdio: "inherit",
    // Every night another seed; a failure names it.
    env: { FUSION_TEST_SEED: "random", ...process.env, FUSION_FUZZ_INPUTS: String(inputs) },
  },
);
process.exitCode = status ?? 1;
