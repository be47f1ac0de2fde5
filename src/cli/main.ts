#!/usr/bin/env node
import { Console } from "node:console";
import { writeSync } from "node:fs";
import * as nodeModule from "node:module";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CommanderError } from "commander";
import { cacheFolder } from "../beam/cache-folder.ts";
import { framesOfPlay, isMistakeOfPlay } from "../documents/frames-of-play.ts";
import { failuresOfSteps } from "../engine/failures-of-steps.ts";
import { thrownText } from "../errors.ts";
import { lostOutput } from "../report/text-output.ts";
import { refuseUnknownDryRun } from "./dry-run-mode.ts";
import { noticeEarlyEnd } from "./early-end.ts";
import { errorText, EXIT, exitCodeOf, printError } from "./failure.ts";
import { makeProgram } from "./program.ts";
import { StopSignals } from "./stop-signals.ts";

/**
 * Node.js cuts small buffers out of slabs, of 8 KiB unless told otherwise, and of 64 KiB in newer releases. One that is
 * kept keeps its slab: SSH keeps several of each host.
 */
const BUFFER_POOL_BYTES = 2048;

const UNCAUGHT_HINT = "  Put await before each call that gives a promise, and catch what callbacks throw";

const stop = new StopSignals();
let hasRun = false;
/** Exit code of what plays and inventories did to the process. */
const mistaken = (): number => (hasRun ? EXIT.failed : EXIT.nothingRun);
const ended = noticeEarlyEnd(() => stop.exitCode, mistaken);

/** Runs the command line; returns its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const exit = (code: number): void => {
    exitCode = code;
  };
  const beginRun = (): void => {
    hasRun = true;
  };
  let mask = (text: string): string => text;
  const maskErrors = (given: (text: string) => string): void => {
    mask = given;
  };
  let isUncaught = false;
  const tellUncaught = (error: unknown): void => {
    const text = error instanceof Error ? framesOfPlay(error.stack ?? error.message) : thrownText(error);
    writeSync(process.stderr.fd, mask(`error: No play caught this error:\n${text}\n${UNCAUGHT_HINT}\n`));
  };
  // What nobody catches is printed here, and not by Node.js, which would show what is secret.
  const crash = (error: unknown): void => {
    const tellHost = error instanceof Error ? failuresOfSteps.get(error) : undefined;
    if (tellHost !== undefined) return tellHost();
    if (isMistakeOfPlay(error)) {
      if (!isUncaught) process.once("exit", () => tellUncaught(error));
      isUncaught = true;
      return stop.end(mistaken(), "an error that a play did not catch");
    }
    try {
      // At once: nothing more is waited for.
      writeSync(process.stderr.fd, errorText(error, mask));
    } finally {
      ended();
      process.exit(EXIT.bug);
    }
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  try {
    // Standard output belongs to the program, also where a play or an inventory has something to say.
    globalThis.console = new Console(process.stderr);
    Buffer.poolSize = BUFFER_POOL_BYTES;
    keepCompiledProgram();
    refuseUnknownDryRun(argv);
    const words = argv.slice(2);
    const program = await makeProgram({ stop, exit, beginRun, maskErrors }, words);
    // To say that a playbook is missing would tell a newcomer little.
    if (words.length === 0) program.help({ error: true });
    await program.parseAsync([...argv]);
    // Node.js tells of promises that nobody waits for at the end of a turn.
    await nextTurn();
  } catch (error) {
    // Commander has printed its own message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodeOf(error, stop);
    printError(error, process.stderr, mask);
    return exitCodeOf(error, stop);
  }
  return isUncaught && exitCode === EXIT.ok ? mistaken() : exitCode;
}

/** Has Node.js 22 and newer keep the program as it was compiled: then the next run starts sooner. */
function keepCompiledProgram(): void {
  if (!("enableCompileCache" in nodeModule)) return;
  const enable = nodeModule.enableCompileCache as (folder: string) => void;
  try {
    enable(join(cacheFolder(), "program"));
  } catch {
    // It is compiled anew then.
  }
}

/** Waits until a stream has handed everything to the system, or nobody reads it any longer. */
async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once("error", () => resolve());
    stream.write("", () => resolve());
  });
}

// Without listeners, the end of `fusion-play … | head` would pass for a bug.
let failure: NodeJS.ErrnoException | undefined;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  failure ??= error;
});
process.stderr.on("error", () => {});

let code = await main(process.argv);
await flushed(process.stdout);
const lost = lostOutput(failure);
if (lost !== undefined && code === EXIT.ok) {
  printError(lost, process.stderr);
  code = EXIT.bug;
}
await flushed(process.stderr);
ended();
// What a broken library may have left open must not keep the process.
process.exit(code);
