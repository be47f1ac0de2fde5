/** The command `lab` as a program of its own, run from the sources. */
import { Command, CommanderError } from "commander";
import { labCommand } from "../../src/cli/lab.ts";
import { FusionPlayError } from "../../src/errors.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort(new Error(signal)));
try {
  await new Command("fusion-play").addCommand(labCommand({ signal: stop.signal })).parseAsync();
} catch (error) {
  if (error instanceof FusionPlayError) {
    process.stderr.write(`${error.code}: ${error.message}\n${error.hint ?? ""}\n`);
  } else if (!(error instanceof CommanderError)) {
    throw error;
  }
  process.exitCode = 3;
}
