// Loads an inventory of 10,000 hosts in 200 groups and selects hosts of it, each in a process of its own: what counts
// is the first time.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Inventory } from "../src/inventory/inventory.ts";
import { loadInventory } from "../src/inventory/load-inventory.ts";
import { selectHosts } from "../src/inventory/select-hosts.ts";
import { measured, quantile, type Sample } from "./measure.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ROUNDS = 9;
const GROUPS = 200;
const HOSTS_OF_GROUP = 50;
const PATTERNS = [
  "group7",
  "host-001*",
  "*-0123?.*",
  "group1?:&host-00*",
  "all:!group1*",
  "~host-0012[0-9]",
  "~.*-[0-9]+5\\.example",
  "~host-(00|01).*\\.example\\.com",
];

/** What a process of its own prints. */
interface Result extends Sample {
  readonly hosts: number;
  /** What the process took at most, in bytes. */
  readonly memory: number;
}

const [file, pattern] = process.argv.slice(2);
if (file === undefined) compare();
else console.log(JSON.stringify(await measure(file, pattern)));

function compare(): void {
  const inventory = join(temporaryFolder(), "hosts.yml");
  writeFileSync(inventory, writeInventory());
  report("load", [inventory]);
  for (const each of PATTERNS) report(`--limit ${each}`, [inventory, each]);
}

function report(what: string, args: readonly string[]): void {
  const results: Result[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const output = execFileSync(process.execPath, [import.meta.filename, ...args], { encoding: "utf8" });
    results.push(JSON.parse(output) as Result);
  }
  const cpu = results.map((result) => result.cpu);
  const memory = Math.max(...results.map((result) => result.memory));
  console.log(
    `${what}: ${results[0]?.hosts} hosts, ${quantile(cpu).toFixed(1)} ms of CPU (best ${Math.min(...cpu).toFixed(1)}), ` +
      `${(memory / 1e6).toFixed(0)} MB at most`,
  );
}

async function measure(path: string, limit: string | undefined): Promise<Result> {
  let inventory: Inventory | undefined;
  let sample = await measured(async () => {
    inventory = await loadInventory([path]);
  });
  let hosts = inventory?.hosts.size ?? 0;
  if (limit !== undefined) {
    sample = await measured(() => {
      hosts = selectHosts(inventory!, "all", limit).hosts.length;
    });
  }
  return { ...sample, hosts, memory: process.resourceUsage().maxRSS * 1024 };
}

function writeInventory(): string {
  const lines = ["---", "all:", "  vars:", "    ansible_user: deploy", "  children:"];
  for (let group = 0; group < GROUPS; group++) {
    lines.push(
      `    group${group}:`,
      "      vars:",
      `        role: role${group}`,
      `        http_port: ${8000 + group}`,
    );
    lines.push("      hosts:");
    for (let at = 0; at < HOSTS_OF_GROUP; at++) {
      const host = group * HOSTS_OF_GROUP + at;
      lines.push(`        host-${String(host).padStart(5, "0")}.example.com:`);
      lines.push(`          ansible_host: 10.0.${host >> 8}.${host & 255}`, `          rack: ${host % 40}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
