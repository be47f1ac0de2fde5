import type { Writable } from "node:stream";
import { hostsOfPlays } from "../engine/play-hosts.ts";
import type { PlanOptions } from "../engine/run-options.ts";
import { selectSteps } from "../engine/select-steps.ts";
import type { Block, Play, StepNode } from "../playbook/playbook.ts";
import { BLOCK_SECTIONS } from "../playbook/block-sections.ts";
import { jsonText } from "../report/json-text.ts";
import { listedPlays, type Listed } from "./listed-plays.ts";
import type { OutputOptions } from "./reporters.ts";

/** Prints the hosts of each play (`--list-hosts`) and its steps with their tags (`--list-steps`). */
export function printLists(
  plan: PlanOptions,
  listed: Listed,
  { output }: Pick<OutputOptions, "output">,
): void {
  const { stdout } = process;
  if (output === "ndjson") return void stdout.write(`${jsonText(listedPlays(plan, listed))}\n`);
  if (listed.hosts) listHosts(plan, stdout);
  if (listed.steps) listSteps(plan, stdout);
}

function listHosts(plan: PlanOptions, output: Writable): void {
  const plays = playsOf(plan);
  const hosts = hostsOfPlays(plays, plan);
  for (const [index, play] of plays.entries()) {
    const names = (hosts[index] ?? []).map(({ name }) => name);
    output.write(`${play.name} (${play.hosts}): ${count(names.length, "host")}\n`);
    for (const name of names) output.write(`  ${name}\n`);
  }
}

function listSteps(plan: PlanOptions, output: Writable): void {
  for (const { name, hosts, steps, handlers } of playsOf(plan)) {
    output.write(`${name} (${hosts}):\n`);
    if (typeof steps === "function") output.write("  (its steps are a function)\n");
    else for (const line of stepLines(steps)) output.write(`  ${line}\n`);
    if (handlers.length === 0) continue;
    output.write("  handlers:\n");
    for (const line of stepLines(handlers.map(({ step }) => step))) output.write(`    ${line}\n`);
  }
}

function stepLines(nodes: readonly StepNode[]): string[] {
  return nodes.flatMap((node) => {
    if (node.kind === "block") return blockLines(node);
    return [`${node.name}${node.tags.length > 0 ? `  [${node.tags.join(", ")}]` : ""}`];
  });
}

function blockLines(node: Block): string[] {
  const sections = BLOCK_SECTIONS.filter((section) => node[section].length > 0);
  return sections.flatMap((section) => {
    const heading = section === "block" && node.name !== "block" ? `block: ${node.name}` : `${section}:`;
    return [heading, ...stepLines(node[section]).map((line) => `  ${line}`)];
  });
}

function playsOf({ playbooks, tags = [], skipTags = [], startAtStep }: PlanOptions): Play[] {
  return selectSteps(playbooks, { tags, skipTags, startAtStep });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
