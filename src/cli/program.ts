import { Command } from "commander";
import { withAnsibleOption } from "./ansible-options.ts";
import type { CommandContext } from "./command-context.ts";
import { COMMAND_NAMES, type CommandName } from "./command-names.ts";
import { version } from "./version.ts";

/** Loads a command. A command needs much of the program, and most are not needed: each is loaded by itself. */
const COMMANDS: Readonly<Record<CommandName, (context: CommandContext) => Promise<Command>>> = {
  run: async (context) => (await import("./run.ts")).runCommand(context),
  call: async (context) => (await import("./call.ts")).callCommand(context),
  validate: async (context) => (await import("./validate.ts")).validateCommand(context),
  inventory: async (context) => (await import("./inventory.ts")).inventoryCommand(context),
  vars: async (context) => (await import("./vars.ts")).varsCommand(context),
  modules: async (context) => (await import("./modules.ts")).modulesCommand(context),
  doctor: async (context) => (await import("./doctor.ts")).doctorCommand(context),
  sessions: async () => (await import("./sessions.ts")).sessionsCommand(),
  bundle: async (context) => (await import("./bundle.ts")).bundleCommand(context),
  report: async (context) => (await import("./report.ts")).reportCommand(context),
  diff: async (context) => (await import("./diff.ts")).diffCommand(context),
  init: async (context) => (await import("./init.ts")).initCommand(context),
  schema: async (context) => (await import("./schema.ts")).schemaCommand(context),
  completion: async (context) => (await import("./completion.ts")).completionCommand(context),
  lab: async ({ stop }) => (await import("./lab.ts")).labCommand({ signal: stop.signal }),
};

/** Makes the command line with the commands that these words need; with all commands by default. */
export async function makeProgram(context: CommandContext, words: readonly string[] = []): Promise<Command> {
  const program = new Command("fusion-play")
    .description("Runs playbooks on many hosts: ships compiled BEAM code over SSH and calls functions there")
    .version(version(), "-V, --version")
    .exitOverride()
    .configureOutput({ outputError: (message, write) => write(withAnsibleOption(message)) })
    .showHelpAfterError("(see fusion-play --help)")
    .enablePositionalOptions();
  const commands = await Promise.all(namesFor(words).map((name) => COMMANDS[name](context)));
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program), { isDefault: command.name() === "run" });
  }
  return program;
}

/** The commands that a command line needs; `run` is the one that need not be named. */
function namesFor([first = "help"]: readonly string[]): readonly CommandName[] {
  if (first === "-V" || first === "--version") return [];
  if (/^(-h|--help|help|completion)$/.test(first)) return COMMAND_NAMES;
  return [COMMAND_NAMES.find((name) => name === first) ?? "run"];
}
