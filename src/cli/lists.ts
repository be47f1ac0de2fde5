import { hostsOfPlays } from "../engine/play-hosts.ts";
import type { PlanOptions } from "../engine/run-options.ts";
import { selectSteps } from "../engine/select-steps.ts";
import type { Block, Play, StepNode } from "../playbook/playbook.ts";
import { BLOCK_SECTIONS } from "../playbook/block-sections.ts";
import { jsonText } from "../report/json-text.ts";
import { listedPlays, type Listed } from "./listed-plays.ts";
import { maskJson } from "../secrets/mask-json.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { OutputOptions } from "./reporters.ts";
import { withSecretVariables } from "./secret-variables.ts";

/** Prints the hosts of each play (`--list-hosts`) and its steps with their tags (`--list-steps`). */
export function printLists(
  plan: PlanOptions,
  listed: Listed,
  { output, secrets }: Pick<OutputOptions, "output"> & { readonly secrets: Secrets },
): void {
  withSecretVariables(plan, secrets); // names and patterns may be made of them
  const { stdout } = process;
  if (output === "ndjson") {
    stdout.write(`${jsonText(maskJson(listedPlays(plan, listed), secrets))}\n`);
    return;
  }
  const write = (text: string): void => void stdout.write(secrets.mask(text));
  if (listed.hosts) listHosts(plan, write);
  if (listed.steps) listSteps(plan, write);
}

function listHosts(plan: PlanOptions, write: (text: string) => void): void {
  const plays = playsOf(plan);
  const hosts = hostsOfPlays(plays, plan);
  for (const [index, play] of plays.entries()) {
    const names = (hosts[index] ?? []).map(({ name }) => name);
    write(`${play.name} (${play.hosts}): ${count(names.length, "host")}\n`);
    for (const name of names) write(`  ${name}\n`);
  }
}

function listSteps(plan: PlanOptions, write: (text: string) => void): void {
  for (const { name, hosts, steps, handlers } of playsOf(plan)) {
    write(`${name} (${hosts}):\n`);
    if (typeof steps === "function") write("  (its steps are a function)\n");
    else for (const line of stepLines(steps)) write(`  ${line}\n`);
    if (handlers.length === 0) continue;
    write("  handlers:\n");
    for (const line of stepLines(handlers.map(({ step }) => step))) write(`    ${line}\n`);
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
