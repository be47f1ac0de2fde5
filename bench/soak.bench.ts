// Keeps twenty hosts busy with continuous calls for ten minutes, or as many as SOAK_MINUTES says, and looks how
// the memory of the controller and of the hosts grows.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startSshd } from "../test/live/sshd.ts";
import { startedOn } from "../test/live/processes.ts";
import { hostsBehind } from "./hosts-behind.ts";
import { quantile } from "./measure.ts";
import { residentMegabytes } from "./process-memory.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const HOSTS = 20;
const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 10);
/** V8 lets its heap grow to what it takes for the usual, before it collects all of it: that is no leak. */
const WARM_UP_MINUTES = MINUTES / 2;
const SAMPLE_MS = 2000;
/** Most that may come together in a minute. */
const LIMIT = 1;

/**
 * Reports keep every step, so these are attempts of one: calls, results and output, again and again. What a
 * step printed is kept up to a limit, which is reached in seconds.
 */
const SITE = `
- name: Soak
  hosts: all
  steps:
    - name: Busy
      eval:
        erlang: |
          io:format("~s~n", [lists:duplicate(1000, $x)]),
          {erlang:system_time(), lists:seq(1, 100), binary:copy(<<"x">>, 10000)}
      retries: 100000000
      delay: 20ms
      until: false
`;

interface Sample {
  readonly minutes: number;
  readonly controller: number;
  /** All BEAMs together. */
  readonly hosts: number;
}

execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
const sshd = await startSshd();
try {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "site.yml"), SITE);
  writeFileSync(join(folder, "hosts.yml"), JSON.stringify(hostsBehind(sshd, HOSTS)));
  const child = spawn(
    process.execPath,
    ["dist/cli/main.js", join(folder, "site.yml"), "-i", join(folder, "hosts.yml"), "--output", "ndjson"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let attempts = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    attempts += chunk.toString("latin1").split('"step_output"').length - 1;
  });
  const ended = once(child, "exit");
  const started = performance.now();
  const samples: Sample[] = [];
  while (performance.now() - started < MINUTES * 60_000 && child.exitCode === null) {
    await sleep(SAMPLE_MS);
    const beams = (await startedOn(sshd)).filter(({ name }) => name === "beam.smp");
    samples.push({
      minutes: (performance.now() - started) / 60_000,
      controller: residentMegabytes(child.pid ?? 0),
      hosts: beams.reduce((sum, { pid }) => sum + residentMegabytes(pid), 0),
    });
  }
  const isAlive = child.exitCode === null;
  child.kill("SIGINT");
  await ended;
  const warm = samples.filter(({ minutes }) => minutes >= WARM_UP_MINUTES);
  const controller = slope(warm.map((sample) => [sample.minutes, sample.controller]));
  const hosts = slope(warm.map((sample) => [sample.minutes, sample.hosts / HOSTS]));
  console.log(
    `${MINUTES} minutes, ${HOSTS} hosts, ${attempts} attempts: controller ${summary(warm.map((s) => s.controller))}, ` +
      `${controller.toFixed(2)} MB a minute; a host ${summary(warm.map((s) => s.hosts / HOSTS))}, ${hosts.toFixed(2)} MB a minute`,
  );
  if (!isAlive || controller > LIMIT || hosts > LIMIT) process.exitCode = 1;
} finally {
  await sshd.stop();
}

function summary(values: readonly number[]): string {
  return `${quantile(values).toFixed(0)} MB (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`;
}

/** Of the line that fits best. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
