// Loads a playbook of 1,000 steps, each time in a process of its own: what counts is the first time.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadPlaybook } from "../src/playbook/load-playbook.ts";
import { measured, quantile, type Sample } from "./measure.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ROUNDS = 15;
const STEPS = 1000;

const [file] = process.argv.slice(2);
if (file === undefined) compare();
else console.log(JSON.stringify(await measured(() => loadPlaybook(file))));

function compare(): void {
  const playbook = join(temporaryFolder(), "site.yml");
  writeFileSync(playbook, writePlaybook());
  const samples: Sample[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const output = execFileSync(process.execPath, [import.meta.filename, playbook], { encoding: "utf8" });
    samples.push(JSON.parse(output) as Sample);
  }
  for (const kind of ["wall", "cpu"] as const) {
    const ms = samples.map((sample) => sample[kind]);
    console.log(
      `${STEPS} steps, ${kind}: ${quantile(ms).toFixed(0)} ms (best ${Math.min(...ms).toFixed(0)})`,
    );
  }
}

function writePlaybook(): string {
  const lines = ["hosts: web", "vars:", "  limit: 90", "steps:"];
  for (let step = 0; step < STEPS; step += 4) {
    lines.push(
      `  - name: Ask the memory ${step}`,
      `    run: erlang:memory(total)`,
      `    register: memory${step}`,
      `  - name: Look at it`,
      `    assert: memory${step}.result > vars.limit * ${step}`,
      `  - run: 'lists:seq(1, \${{ vars.limit + ${step} }})'`,
      `    when: memory${step}.result > 0`,
      `    retries: 3`,
      `    delay: 2s`,
      `  - eval: { erlang: "length([${step}, 2, 3])" }`,
      `    tags: [slow]`,
    );
  }
  return `${lines.join("\n")}\n`;
}
