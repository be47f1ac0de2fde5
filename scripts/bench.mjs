// Compiles the benchmarks and runs them, or those whose names begin as the arguments say. What tsc writes is what
// users get; loaders that compile at run time make the code slower than it is.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const build = join("bench", ".build");
const wanted = process.argv.slice(2);

const names = readdirSync("bench")
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.slice(0, -".bench.ts".length))
  .filter((name) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)));
if (names.length === 0) {
  console.error(`No benchmark is called ${wanted.join(" or ")}`);
  process.exit(1);
}

rmSync(build, { recursive: true, force: true });
run(join("node_modules", "typescript", "bin", "tsc"), "-p", "bench");
for (const name of names) {
  console.log(`\n## ${name}`);
  run(join(build, "bench", `${name}.bench.js`));
}

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
