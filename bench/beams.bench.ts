// Runs a playbook on two hundred real BEAMs at the same time, and checks each step of each of them.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSshd } from "../test/live/sshd.ts";
import { startedOn } from "../test/live/processes.ts";
import { hostsBehind } from "./hosts-behind.ts";
import { peakMegabytes } from "./process-memory.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const HOSTS = 200;
/** All of them are up before any goes on: with linear, nobody begins the second step before. */
const SITE = `
- name: Beams
  hosts: all
  strategy: linear
  steps:
    - { name: Up, run: "erlang:node()", register: name }
    - { name: Still up, run: "erlang:node()", register: again }
    - { name: Same, assert: name == again }
    - { name: Each, run: "lists:seq(1, \${{ item }})", loop: [10, 100, 1000] }
    - { name: Prints, run: 'io:put_chars("printed")' }
    - { name: Pid, run: "os:getpid()" }
`;

interface Written {
  plays: { hosts: Record<string, { status: string; steps: WrittenStep[] }> }[];
}
interface WrittenStep {
  name: string;
  status: string;
  result: unknown;
  output: string;
}

execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
const sshd = await startSshd({ config: ["MaxStartups 300", "MaxSessions 300"] });
try {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "site.yml"), SITE);
  writeFileSync(join(folder, "hosts.yml"), JSON.stringify(hostsBehind(sshd, HOSTS)));
  const report = join(folder, "report.json");
  const before = performance.now();
  const child = spawn(
    process.execPath,
    ["dist/cli/main.js", join(folder, "site.yml"), "-i", join(folder, "hosts.yml"), "-c", String(HOSTS)]
      .concat(["--output", "ndjson", "--report", `json=${report}`])
      .concat(["--timeout", "10m"]),
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  let most = 0;
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMegabytes(child.pid ?? 0));
    void startedOn(sshd).then((all) => {
      most = Math.max(most, all.filter(({ name }) => name === "beam.smp").length);
    });
  }, 500);
  const [code] = (await once(child, "exit")) as [number];
  clearInterval(watch);
  const seconds = (performance.now() - before) / 1000;
  const hosts = (JSON.parse(readFileSync(report, "utf8")) as Written).plays[0]?.hosts ?? {};
  const wrong = Object.entries(hosts).filter(([, host]) => !isRight(host.status, host.steps));
  const pids = new Set(Object.values(hosts).map(({ steps }) => String(steps.at(-1)?.result)));
  console.log(
    `${Object.keys(hosts).length} hosts, ${pids.size} BEAMs, at most ${most} of them seen at once: ` +
      `${seconds.toFixed(1)} s, exit code ${code}, ${wrong.length} hosts with a wrong step; ` +
      `controller ${peak.toFixed(0)} MB at most`,
  );
  if (code !== 0 || wrong.length > 0 || pids.size !== HOSTS) process.exitCode = 1;
} finally {
  await sshd.stop();
}

function isRight(status: string, steps: readonly WrittenStep[]): boolean {
  const [up, still, , each, prints] = steps;
  const lengths = (each?.result as unknown[] | undefined)?.map((list) => (list as unknown[]).length);
  return (
    status === "ok" &&
    steps.length === 6 &&
    steps.every((step) => step.status === "ok") &&
    up?.result === still?.result &&
    JSON.stringify(lengths) === "[10,100,1000]" &&
    prints?.output === "printed"
  );
}
