import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that stands for a checkout: the scripts, and whatever a test puts beside them. */
export interface Checkout extends AsyncDisposable {
  readonly root: string;
  /** Writes a file; folders are made. */
  write(path: string, content: string): Promise<void>;
  /** Makes a program that the scripts find in their search path: a shell script. */
  program(name: string, script: string): Promise<void>;
  /** What programs have written to `$LOG`, line by line; empties it. */
  log(): Promise<string[]>;
  start(script: string, args?: readonly string[], path?: readonly string[]): ChildProcessWithoutNullStreams;
  run(script: string, args?: readonly string[], path?: readonly string[]): Promise<Outcome>;
}

/** Makes a checkout in a temporary folder. */
export async function makeCheckout(): Promise<Checkout> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "fusion-checkout-")));
  const bin = join(root, "bin");
  const logFile = join(root, "log");
  await cp(fileURLToPath(new URL("../../scripts", import.meta.url)), join(root, "scripts"), {
    recursive: true,
  });
  await mkdir(bin);
  await writeFile(logFile, "");

  const write = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  const start: Checkout["start"] = (script, args = [], path = [bin]) => {
    const env = { ...process.env, PATH: path.join(delimiter), LOG: logFile, BIN: bin };
    return spawn(process.execPath, [join(root, "scripts", script), ...args], { cwd: tmpdir(), env });
  };
  return {
    root,
    write,
    async program(name, script) {
      await write(`bin/${name}`, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    },
    async log() {
      const lines = (await readFile(logFile, "utf8")).split("\n").filter((line) => line !== "");
      await writeFile(logFile, "");
      return lines;
    },
    start,
    run: (script, args, path) => outcomeOf(start(script, args, path)),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}

/** Waits for the end of a process and collects what it wrote. */
export async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code: code as number | null, stdout, stderr };
}
