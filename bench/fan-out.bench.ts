// Compares the CPU time that the controller takes to prepare code for a hundred hosts and for one.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openModuleSource } from "../src/beam/code-paths.ts";
import { encodeControlMessage } from "../src/dist/control-message.ts";
import type { ShippedModule } from "../src/engine/module-source.ts";
import { Pid, Reference, type Term } from "../src/etf/term.ts";
import { loadRequest, neededRequest } from "../src/remote/code-requests.ts";
import { measured, printRatio } from "./measure.ts";
import { nameOf, writeSyntheticTree } from "./synthetic-tree.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const HOSTS = 100;
const ROUNDS = 10;

/** Closure, strip and hash once; then the messages for each host. */
async function prepare(folder: string, hosts: number): Promise<void> {
  const signal = new AbortController().signal;
  const source = await openModuleSource({ paths: [folder], signal });
  const modules = source.closure([nameOf(0)]);
  for (let host = 0; host < hosts; host++) encodeFor(host, modules);
}

function encodeFor(host: number, modules: readonly ShippedModule[]): void {
  // Each host answers with a list of its own.
  for (const request of [neededRequest([...modules]), loadRequest([...modules], "soft")]) {
    encodeControlMessage(spawnOf(host, request));
  }
}

function spawnOf(host: number, request: Term): Parameters<typeof encodeControlMessage>[0] {
  const pid = new Pid(`host${host}@127.0.0.1`, 1, 0, 1);
  const reference = new Reference(pid.node, 1, [host, 1, 1]);
  return {
    type: "SPAWN_REQUEST",
    request: {
      reference,
      from: pid,
      groupLeader: pid,
      module: "erpc",
      function: "execute_call",
      args: [reference, request],
      monitor: true,
    },
  };
}

function inFreshProcess(folder: string, hosts: number): number {
  const file = fileURLToPath(import.meta.url);
  return Number(execFileSync(process.execPath, [file, folder, String(hosts)]));
}

const [folder, hosts] = process.argv.slice(2);
if (folder !== undefined) {
  console.log((await measured(() => prepare(folder, Number(hosts)))).cpu);
} else {
  const temporary = temporaryFolder();
  for (const count of [300, 5000]) {
    const tree = join(temporary, String(count));
    mkdirSync(tree);
    writeSyntheticTree(tree, count);
    const cpu = { one: [] as number[], many: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      cpu.one.push(inFreshProcess(tree, 1));
      cpu.many.push(inFreshProcess(tree, HOSTS));
    }
    printRatio(`CPU for ${count} modules`, ["1 host", cpu.one], [`${HOSTS} hosts`, cpu.many]);
  }
}
