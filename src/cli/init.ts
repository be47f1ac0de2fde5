import { relative } from "node:path";
import { Command } from "commander";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./failure.ts";
import { shellWord } from "./shell-word.ts";
import { writeStarterProject } from "./starter-project.ts";

/** `fusion-play init [folder]`: writes a project to start with. */
export function initCommand({ exit }: CommandContext): Command {
  return new Command("init")
    .description("write a starter project: a playbook, an inventory, a module; replaces no file")
    .argument("[folder]", "where to write it; made if it is not there", ".")
    .action(async (folder: string) => {
      const files = await writeStarterProject(folder);
      process.stdout.write(`${[...written(folder, files), "", ...nextSteps(folder)].join("\n")}\n`);
      exit(EXIT.ok);
    });
}

function written(folder: string, files: readonly string[]): string[] {
  return [`Written to ${folder}:`, ...files.map((file) => `  ${file}`)];
}

function nextSteps(folder: string): string[] {
  const away = relative("", folder);
  return [
    "Try it on hosts of this machine, and read README.md:",
    ...(away === "" ? [] : [`  cd ${shellWord(away)}`]),
    "  fusion-play lab up --hosts 3",
    "  fusion-play site.yml -i hosts.yml",
    "  fusion-play lab down",
  ];
}
