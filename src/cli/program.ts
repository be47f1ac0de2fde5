import { readFileSync } from "node:fs";
import { Command } from "commander";
import { callCommand } from "./call.ts";
import type { CommandContext } from "./command-context.ts";
import { completionCommand } from "./completion.ts";
import { initCommand } from "./init.ts";
import { inventoryCommand } from "./inventory.ts";
import { labCommand } from "./lab.ts";
import { modulesCommand } from "./modules.ts";
import { runCommand } from "./run.ts";
import { schemaCommand } from "./schema.ts";
import { validateCommand } from "./validate.ts";

/** Makes the command line: one command a file, `run` where none is named. */
export function makeProgram(context: CommandContext): Command {
  const program = new Command("fusion-play")
    .description("Runs playbooks on many hosts: ships compiled BEAM code over SSH and calls functions there")
    .version(version(), "-V, --version")
    .exitOverride()
    .showHelpAfterError("(see fusion-play --help)")
    .enablePositionalOptions();
  const commands = [
    runCommand(context),
    callCommand(context),
    validateCommand(context),
    inventoryCommand(context),
    modulesCommand(context),
    initCommand(context),
    schemaCommand(context),
    completionCommand(context),
    labCommand({ signal: context.stop.signal }),
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program), { isDefault: command.name() === "run" });
  }
  return program;
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
