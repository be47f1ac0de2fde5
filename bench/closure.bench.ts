// Compares the closure of a synthetic tree of modules with the time that it takes to read their files:
//
//     node --import jiti/register bench/closure.bench.ts [number of modules]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closureOf } from "../src/beam/closure.ts";
import { moduleGraph } from "../src/beam/module-graph.ts";
import { indexModules } from "../src/beam/module-index.ts";
import { moduleStore } from "../src/beam/module-store.ts";
import { nameOf, writeSyntheticTree } from "./synthetic-tree.ts";

const ROUNDS = 15;
const count = Number(process.argv[2] ?? 5000);
const folder = mkdtempSync(join(tmpdir(), "fusion-play-bench-"));

interface Round {
  readonly readMs: number;
  readonly closureMs: number;
}

try {
  writeSyntheticTree(folder, count);
  const bytes = readAll();
  console.log(`${count} modules, ${(bytes / 1e6).toFixed(1)} MB`);
  const rounds = Array.from({ length: ROUNDS }, () => ({
    readMs: timed(readAll),
    closureMs: timed(closure),
  }));
  print("files in the cache of the system, first round", rounds.slice(0, 1));
  print(`the same, median of ${ROUNDS}`, rounds);
  if (process.platform === "linux") {
    // Each is read anew from the disk, as the first time after they were copied there.
    const readMs = timedUncached(readAll);
    print("files not in the cache", [{ readMs, closureMs: timedUncached(closure) }]);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function readAll(): number {
  return readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
}

/** From the names in the folder to the list of modules, reading included. */
function closure(): number {
  const store = moduleStore(indexModules([folder]));
  const { entries } = closureOf([nameOf(0)], moduleGraph(store));
  if (entries.length !== count) throw new Error(`The closure has ${entries.length} modules, not ${count}`);
  return entries.length;
}

function timed(work: () => number): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function timedUncached(work: () => number): number {
  const drop = 'sync -f .; for file in *.beam; do dd if="$file" iflag=nocache count=0 status=none; done';
  execFileSync("sh", ["-c", drop], { cwd: folder });
  return timed(work);
}

function print(what: string, rounds: readonly Round[]): void {
  const [read, whole] = [
    median(rounds.map(({ readMs }) => readMs)),
    median(rounds.map(({ closureMs }) => closureMs)),
  ];
  const ratio = (ms: number): string => `${(ms / read).toFixed(2)} x`;
  console.log(
    `${what}: reading ${read.toFixed(0)} ms, closure ${whole.toFixed(0)} ms ` +
      `(${ratio(whole)} reading; without its own reading ${ratio(whole - read)})`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
