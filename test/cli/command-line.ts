import { CommanderError } from "commander";
import { vi } from "vitest";
import { exitCodeOf, printError } from "../../src/cli/failure.ts";
import { makeProgram } from "../../src/cli/program.ts";
import { StopSignals } from "../../src/cli/stop-signals.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const stop = new StopSignals();

/** Runs a command line in this process, as the program does, and catches what it prints. */
export async function fusionPlay(...args: readonly string[]): Promise<Outcome> {
  const printed = { stdout: "", stderr: "" };
  const catching = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    }),
  );
  let code = 0;
  let mask = (text: string): string => text;
  const context = {
    stop,
    exit: (exitCode: number): void => {
      code = exitCode;
    },
    beginRun: () => {},
    maskErrors: (given: (text: string) => string): void => {
      mask = given;
    },
  };
  try {
    const program = await makeProgram(context, args);
    await program.parseAsync(["node", "fusion-play", ...args]);
  } catch (error) {
    if (!(error instanceof CommanderError)) printError(error, process.stderr, mask);
    code = exitCodeOf(error, stop);
  } finally {
    for (const spy of catching) spy.mockRestore();
  }
  return { code, ...printed };
}
