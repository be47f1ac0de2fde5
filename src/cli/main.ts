#!/usr/bin/env node
import { writeSync } from "node:fs";
import * as nodeModule from "node:module";
import { join } from "node:path";
import { CommanderError } from "commander";
import { cacheFolder } from "../beam/cache-folder.ts";
import { refuseUnknownDryRun } from "./dry-run-mode.ts";
import { errorText, EXIT, exitCodeOf, printError } from "./failure.ts";
import { makeProgram } from "./program.ts";
import { StopSignals } from "./stop-signals.ts";

/**
 * Node.js cuts small buffers out of slabs, of 8 KiB unless told otherwise, and one that is kept keeps its slab: SSH keeps
 * several of each host.
 */
const BUFFER_POOL_BYTES = 2048;

/** Runs the command line; returns its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const stop = new StopSignals();
  let exitCode = 0;
  const exit = (code: number): void => {
    exitCode = code;
  };
  let mask = (text: string): string => text;
  const maskErrors = (given: (text: string) => string): void => {
    mask = given;
  };
  // What nobody catches is printed here, and not by Node.js, which would show what is secret.
  const crash = (error: unknown): void => {
    try {
      // At once: nothing more is waited for.
      writeSync(process.stderr.fd, errorText(error, mask));
    } finally {
      process.exit(EXIT.bug);
    }
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  try {
    Buffer.poolSize = BUFFER_POOL_BYTES;
    keepCompiledProgram();
    refuseUnknownDryRun(argv);
    const program = await makeProgram({ stop, exit, maskErrors }, argv.slice(2));
    await program.parseAsync([...argv]);
  } catch (error) {
    // Commander has printed its own message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodeOf(error, stop);
    printError(error, process.stderr, mask);
    return exitCodeOf(error, stop);
  }
  return exitCode;
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

const code = await main(process.argv);
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// What a broken library may have left open must not keep the process.
process.exit(code);
