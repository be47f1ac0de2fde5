// Compares the closure of modules with the time that it takes to read their files.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closureOf } from "../src/beam/closure.ts";
import { moduleGraph } from "../src/beam/module-graph.ts";
import { indexModules } from "../src/beam/module-index.ts";
import { moduleStore } from "../src/beam/module-store.ts";
import { providedModules } from "../src/beam/provided-modules.ts";
import { measured, printRatio } from "./measure.ts";
import { nameOf, writeSyntheticTree } from "./synthetic-tree.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const COUNT = 5000;
const WARM_UP_ROUNDS = 5;
const WARM_ROUNDS = 40;
const FRESH_ROUNDS = 15;
const DISK_ROUNDS = 5;

type Work = "read" | "closure";

/** Reads all files. */
function read(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
}

/** From the names in the folder to the list of modules, reading included. */
function closure(folder: string): number {
  const store = moduleStore(indexModules([folder]));
  const first = nameOf(0);
  const roots = store.files.has(first) ? [first] : Array.from(store.files.keys());
  const { entries } = closureOf(roots, moduleGraph(store));
  if (entries.length !== store.files.size) throw new Error(`The closure has ${entries.length} modules`);
  return entries.length;
}

async function compare(what: string, folder: string): Promise<void> {
  console.log(`${what}: ${readdirSync(folder).length} modules, ${(read(folder) / 1e6).toFixed(1)} MB`);
  const fresh: Record<Work, number[]> = { read: [], closure: [] };
  for (let round = 0; round < FRESH_ROUNDS; round++) {
    for (const work of ["read", "closure"] as const) fresh[work].push(inFreshProcess(work, folder));
  }
  printRatio("  in a process that just started", ["reading", fresh.read], ["closure", fresh.closure]);
  compareFromDisk(folder);
  const warm: Record<Work, number[]> = { read: [], closure: [] };
  for (let round = -WARM_UP_ROUNDS; round < WARM_ROUNDS; round++) {
    const [reading, closing] = [await measured(() => read(folder)), await measured(() => closure(folder))];
    if (round < 0) continue;
    warm.read.push(reading.wall);
    warm.closure.push(closing.wall);
  }
  printRatio("  in a process that did it before", ["reading", warm.read], ["closure", warm.closure]);
}

/** The first time after the files were copied there: the system has none of them in its cache. */
function compareFromDisk(folder: string): void {
  if (process.platform !== "linux") return;
  const cold: Record<Work, number[]> = { read: [], closure: [] };
  for (let round = 0; round < DISK_ROUNDS; round++) {
    for (const work of ["read", "closure"] as const) {
      const drop = 'sync -f .; for file in *.beam; do dd if="$file" iflag=nocache count=0 status=none; done';
      execFileSync("sh", ["-c", drop], { cwd: folder });
      cold[work].push(inFreshProcess(work, folder));
    }
  }
  printRatio("  the same, from the disk", ["reading", cold.read], ["closure", cold.closure]);
}

function inFreshProcess(work: Work, folder: string): number {
  return Number(execFileSync(process.execPath, [fileURLToPath(import.meta.url), work, folder]));
}

/** The modules of Erlang and Elixir in one folder. */
async function libraries(folder: string): Promise<string> {
  mkdirSync(folder);
  const { files } = await providedModules(AbortSignal.timeout(60_000));
  for (const file of files.values()) cpSync(file, join(folder, basename(file)));
  return folder;
}

const [work, folder] = process.argv.slice(2);
if (work !== undefined && folder !== undefined) {
  console.log((await measured(() => (work === "read" ? read : closure)(folder))).wall);
} else {
  const temporary = temporaryFolder();
  const tree = join(temporary, "tree");
  mkdirSync(tree);
  writeSyntheticTree(tree, COUNT);
  await compare("Synthetic tree", tree);
  await compare("Erlang and Elixir themselves", await libraries(join(temporary, "libraries")));
}
