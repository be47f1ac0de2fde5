// Compiles the benchmarks and runs them, or those whose names begin as the arguments say. What tsc writes is what
// users get; loaders that compile at run time make the code slower than it is.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** More of the machine than this for anybody else, and figures say nothing. */
const OTHERS_LIMIT = 0.1;
/** How often the machine is looked at, a second each time, before a benchmark is given up. */
const MOST_LOOKS = 60;

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
execFileSync(process.execPath, [join("node_modules", "typescript", "bin", "tsc"), "-p", "bench"], {
  stdio: "inherit",
});
const commit = execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
console.log(
  `${new Date().toISOString()}, ${commit}, Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
);
const failed = [];
for (const name of names) {
  console.log(`\n## ${name}`);
  const reason = (await busyReason()) ?? failureOf(join(build, "bench", `${name}.bench.js`));
  if (reason === undefined) continue;
  console.error(`${name}: ${reason}`);
  failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nFailed, or beyond a limit of its own: ${failed.join(", ")}`);
  process.exitCode = 1;
}

function failureOf(script) {
  const { status, signal } = spawnSync(process.execPath, [script], { stdio: "inherit" });
  return status === 0 ? undefined : `failed (${signal ?? `exit code ${status}`})`;
}

/** Waits until nothing else keeps the machine busy. Says what is so where that does not come. */
async function busyReason() {
  let share = 0;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const before = cpuTimes();
    await sleep(1000);
    const after = cpuTimes();
    share = (after.busy - before.busy) / (after.all - before.all);
    if (share <= OTHERS_LIMIT) return undefined;
  }
  return `not run, since something else takes ${Math.round(share * 100)} % of the machine`;
}

/** Milliseconds of all processors since the machine has started. */
function cpuTimes() {
  let all = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    all += Object.values(times).reduce((sum, ms) => sum + ms, 0);
    idle += times.idle;
  }
  return { all, busy: all - idle };
}
