// Compares whole runs with those of other programs that do the same on the same hosts: PEERS_HOSTS of them, 40 by
// default. A table is printed only where every run did all of its work, and nothing else kept the machine busy.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSshd } from "../test/live/sshd.ts";
import { quantile } from "./measure.ts";
import { ansible, mitogen } from "./peers/ansible.ts";
import { ControlGroup } from "./peers/control-group.ts";
import { fusionPlay, fusionPlayWarm } from "./peers/fusion-play.ts";
import { measureRun, type Bed, type RunMeasure } from "./peers/measure-run.ts";
import type { Fleet, Peer } from "./peers/peer.ts";
import { pyinfra } from "./peers/pyinfra.ts";
import { clusterShell, floor, openSsh, openSshMultiplexed, parallelSsh } from "./peers/shell.ts";
import { openWire } from "./peers/wire.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const HOSTS = Number(process.env["PEERS_HOSTS"] ?? 40);
const ROUNDS = Number(process.env["PEERS_ROUNDS"] ?? 5);
/** More of the machine than this for anybody else, and figures say nothing. */
const OTHERS_LIMIT = 0.1;

interface Workload {
  readonly hosts: number;
  readonly steps: number;
  readonly peers: readonly Peer[];
}

const WORKLOADS: readonly Workload[] = [
  { hosts: 1, steps: 1, peers: [fusionPlay, fusionPlayWarm, floor, openSsh, ansible] },
  {
    hosts: HOSTS,
    steps: 10,
    peers: [
      fusionPlay,
      fusionPlayWarm,
      pyinfra,
      ansible,
      mitogen,
      clusterShell,
      parallelSsh,
      openSshMultiplexed,
      openSsh,
    ],
  },
  { hosts: HOSTS, steps: 100, peers: [fusionPlay, fusionPlayWarm, pyinfra, openSshMultiplexed] },
  // For what a step more takes where the process has been at work for a while.
  { hosts: HOSTS, steps: 400, peers: [fusionPlay, fusionPlayWarm, pyinfra] },
];

execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
install([ansible, mitogen, clusterShell, parallelSsh]);
const folder = temporaryFolder();
await using wire = await openWire();
await using controller = new ControlGroup(`fusion-play-bench-controller-${process.pid}`);
await using hosts = new ControlGroup(`fusion-play-bench-hosts-${process.pid}`);
await using sshd = await startSshd({
  address: "0.0.0.0",
  launcher: [...hosts.launcher, ...wire.launchers.hosts],
  config: ["MaxStartups 300", "MaxSessions 300"],
});
const [, ...key] = readFileSync(sshd.knownHostsFile, "utf8").trim().split(" ");
writeFileSync(join(folder, "known_hosts"), `[${wire.address}]:${sshd.port} ${key.join(" ")}\n`);
const bed: Bed = { wire, controller, hosts };
/** CPU of the controller by the number of steps, in milliseconds: of runs on all hosts. */
const cpuBySteps = new Map<Peer, Map<number, number>>();
for (const workload of WORKLOADS) await compare(workload);
printAdded();

async function compare({ hosts: count, steps, peers }: Workload): Promise<void> {
  const there = peers.filter(isThere);
  for (const { name } of peers.filter((peer) => !isThere(peer)))
    console.log(`${name} is not there: left out`);
  const measures = new Map<Peer, RunMeasure[]>(there.map((peer) => [peer, []]));
  const concurrencies = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [peer, ofPeer] of measures) {
      const command = peer.prepare({
        fleet: fleetOf(count),
        steps,
        folder: mkdtempSync(join(folder, "run-")),
      });
      concurrencies.add(command.concurrency);
      try {
        ofPeer.push(await measureRun(command, bed));
      } catch (error) {
        throw new Error(`${peer.name}, ${count} hosts × ${steps} steps: a run failed`, { cause: error });
      }
    }
  }
  console.log(`\n${count} hosts × ${steps} steps`);
  if (concurrencies.size !== 1) return refuse("concurrency differs between the peers");
  const others = quantile([...measures.values()].flat().map((measure) => measure.others));
  if (others > OTHERS_LIMIT) {
    return refuse(`others used ${(others * 100).toFixed(0)} % of the machine in half of the runs, or more`);
  }
  printTable(measures);
  if (count !== HOSTS) return;
  for (const [peer, of] of measures) {
    const bySteps = cpuBySteps.get(peer) ?? new Map<number, number>();
    cpuBySteps.set(peer, bySteps.set(steps, quantile(of.map(({ controllerCpu }) => controllerCpu))));
  }
}

/** Writes what each host-step took by which a run has more than the one before. */
function printAdded(): void {
  console.log(`\n${HOSTS} hosts, a host-step more: CPU here\n`);
  console.log("| | steps | CPU |\n| --- | --- | --- |");
  for (const [{ name }, bySteps] of cpuBySteps) {
    for (const [[fewer, before], [more, cpu]] of pairs([...bySteps])) {
      const each = (cpu - before) / (HOSTS * (more - fewer));
      console.log(`| ${name} | ${fewer} to ${more} | ${each.toFixed(3)} ms |`);
    }
  }
}

function pairs<Item>(items: readonly Item[]): (readonly [Item, Item])[] {
  return items.slice(1).map((item, index) => [items[index] ?? item, item]);
}

function refuse(why: string): void {
  console.log(`No table: ${why}`);
  process.exitCode = 1;
}

function printTable(measures: ReadonlyMap<Peer, readonly RunMeasure[]>): void {
  const base = measures.get(fusionPlay) ?? [];
  const median = (of: readonly RunMeasure[], key: keyof RunMeasure): number =>
    quantile(of.map((measure) => measure[key]));
  const rows = Array.from(measures, ([peer, of]) => [
    peer.name,
    `${(median(of, "wall") / 1000).toFixed(2)} s`,
    `${quantile(of.map(({ wall }, round) => wall / (base[round]?.wall ?? NaN))).toFixed(2)} ×`,
    `${(median(of, "controllerCpu") / 1000).toFixed(2)} s`,
    `${(median(of, "hostsCpu") / 1000).toFixed(2)} s`,
    `${median(of, "megabytes").toFixed(0)} MB`,
    `${(median(of, "bytes") / 1000).toFixed(0)} kB`,
  ]);
  const header = ["", "wall time", "against us", "CPU here", "CPU of hosts", "memory here", "on the wire"];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [header, widths.map((width) => "-".repeat(width)), ...rows]) {
    console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  }
}

/** As many names of one host. */
function fleetOf(count: number): Fleet {
  return {
    hosts: Array.from({ length: count }, (_, index) => `host${String(index + 1).padStart(3, "0")}`),
    address: wire.address,
    port: sshd.port,
    user: sshd.user,
    keyFile: sshd.userKeyFile,
    knownHostsFile: join(folder, "known_hosts"),
  };
}

function isThere({ program, file }: Peer): boolean {
  return (
    (process.env["PATH"] ?? "").split(":").some((path) => existsSync(join(path, program))) &&
    (file === undefined || existsSync(file))
  );
}

function install(peers: readonly Peer[]): void {
  const missing = peers.filter((peer) => !isThere(peer)).flatMap((peer) => peer.package ?? []);
  if (missing.length === 0) return;
  console.log(`Installing ${missing.join(", ")} (apt-get install)`);
  execFileSync("apt-get", ["install", "-y", "-q", ...missing], { stdio: "ignore" });
}
