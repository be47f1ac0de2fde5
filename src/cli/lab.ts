import { join, relative } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { FusionPlayError } from "../errors.ts";
import { labDown } from "../lab/lab-down.ts";
import type { LabState } from "../lab/lab-state.ts";
import { labStatus } from "../lab/lab-status.ts";
import { labUp, type ServeMessage } from "../lab/lab-up.ts";
import { serveLab, type LabOptions } from "../lab/serve-lab.ts";
import { shellWord } from "./shell-word.ts";

/** Where a lab is that no other folder is named for. */
const DEFAULT_FOLDER = ".fusion-lab";

/**
 * Makes the command `lab`.
 *
 * @param signal Ends a command early; `lab serve` ends with it, as it should on SIGTERM.
 */
export function labCommand({ signal }: { readonly signal: AbortSignal }): Command {
  const lab = new Command("lab").description("local SSH hosts to try things on").exitOverride();
  withLabOptions(lab.command("up"))
    .description("bring up a lab in the background")
    .action(async (options: LabOptions) => {
      const { state, already } = await labUp({ ...options, serveCommand: serveCommand(), signal });
      print(
        already ? "The lab is already up:" : "The lab is up:",
        ...hostLines(state),
        "",
        ...advice(options.dir),
      );
    });
  lab
    .command("down")
    .description("end the lab and everything that runs on its hosts")
    .addOption(dirOption())
    .action(async ({ dir }: LabOptions) => {
      const was = await labDown({ dir });
      print(
        { up: "The lab is down", stale: "Removed what a crashed lab had left", down: "No lab is up" }[was],
      );
    });
  lab
    .command("status")
    .description("tell whether a lab is up")
    .addOption(dirOption())
    .action(async ({ dir }: LabOptions) => printStatus(dir));
  withLabOptions(lab.command("serve", { hidden: true })).action((options: LabOptions) =>
    serve(options, signal),
  );
  return lab;
}

function withLabOptions(command: Command): Command {
  return command
    .addOption(new Option("--hosts <n>", "number of hosts").default(5).argParser(parseInteger))
    .addOption(
      new Option("--port <number>", "base of the ports: lab1 gets the next")
        .default(20220)
        .argParser(parseInteger),
    )
    .addOption(new Option("--sshd", "OpenSSH's sshd instead of embedded servers").default(false))
    .addOption(dirOption());
}

function dirOption(): Option {
  return new Option("--dir <folder>", "private folder of the lab").default(DEFAULT_FOLDER);
}

function parseInteger(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** This program again, however it was started: installed, from its folder, or from its sources. */
function serveCommand(): readonly string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? "", "lab", "serve"];
}

async function serve(options: LabOptions, signal: AbortSignal): Promise<void> {
  try {
    await serveLab({ ...options, signal, onReady: (state) => tellParent({ type: "ready", state }) });
  } catch (error) {
    if (!(error instanceof FusionPlayError)) throw error;
    tellParent({ type: "failed", code: error.code, message: error.message, hint: error.hint });
    throw error;
  }
}

/** The parent waits for one message and then leaves; without a parent the lab is served all the same. */
function tellParent(message: ServeMessage): void {
  if (process.connected) process.send?.(message, () => process.connected && process.disconnect());
}

async function printStatus(dir: string): Promise<void> {
  const status = await labStatus({ dir });
  switch (status.type) {
    case "up":
      return print("The lab is up:", ...hostLines(status.state));
    case "down":
      return print("No lab is up");
    case "stale":
      return print(`A lab has crashed and left its folder: \`${downCommand(dir)}\` removes it`);
    case "stuck":
      return print(`A lab is up, but its process ${status.state.pid} does not answer`);
  }
}

function hostLines(state: LabState): string[] {
  return state.hosts.map(({ name, port }) => `  ${name}  127.0.0.1:${port}`);
}

function advice(dir: string): string[] {
  const inventory = relative("", join(dir, "hosts.yml"));
  return [`Inventory: ${inventory}`, `End it with: ${downCommand(dir)}`];
}

function downCommand(dir: string): string {
  return `fusion-play lab down${dir === DEFAULT_FOLDER ? "" : ` --dir ${shellWord(dir)}`}`;
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
