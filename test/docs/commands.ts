import type { Command } from "commander";
import type { CommandContext } from "../../src/cli/command-context.ts";
import { makeProgram } from "../../src/cli/program.ts";

/** The program with all its commands, of which none is run. */
export function programForDocuments(): Promise<Command> {
  return makeProgram({
    stop: { signal: new AbortController().signal } as CommandContext["stop"],
    exit: () => {},
    beginRun: () => {},
    maskErrors: () => {},
  });
}

/** Flags of a command and of the commands below it. */
export function flagsOf(command: Command): string[] {
  const options = [command, ...command.commands].flatMap((each) => each.options);
  const flags = options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined);
  return [...new Set([...flags, "-h", "--help"])];
}
