// Makes two hundred runs at which something goes wrong, or as many as the argument says, and fifty that are killed
// and resumed.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const runs = Number(process.argv[2] ?? 200);
if (!Number.isInteger(runs) || runs < 1) {
  console.error("Cannot test faults: the argument is the number of runs");
  process.exit(1);
}
const { status } = spawnSync(
  process.execPath,
  [
    join("node_modules", "vitest", "vitest.mjs"),
    "run",
    "--project",
    "live",
    "test/live/faulted-runs.test.ts",
    "test/live/journal.test.ts",
  ],
  { stdio: "inherit", env: { ...process.env, FUSION_FAULTED_RUNS: String(runs) } },
);
process.exitCode = status ?? 1;
