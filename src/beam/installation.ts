import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cacheFolder } from "./cache-folder.ts";
import { runProgram } from "./run-program.ts";

/** Erlang or Elixir on this machine. */
export interface Installation {
  /** The folder that holds one folder per application. */
  readonly libraryFolder: string;
  /** Changes whenever the compiler does. */
  readonly version: string;
}

const PROBE_TIMEOUT_MS = 30_000;

/** Prints the folder of the applications, and the versions of the emulator and the compiler. */
const ERLANG_PROBE =
  'io:format("~ts~n~ts ~ts~n", [code:lib_dir(), erlang:system_info(version), ' +
  "case code:lib_dir(compiler) of {error, _} -> []; Dir -> filename:basename(Dir) end]), halt(0).";

const ELIXIR_PROBE = "IO.puts(Path.dirname(:code.lib_dir(:elixir))); IO.puts(System.version())";

/**
 * Finds the Erlang that `erl` starts. Where `erl` belongs to it (and is no shim that picks a
 * version by the current folder), its answer is remembered in the cache folder.
 */
export async function findErlang(signal: AbortSignal): Promise<Installation | undefined> {
  const program = findProgram("erl");
  if (program === undefined) return undefined;
  const remembered = recall(program);
  if (remembered !== undefined) return remembered;
  const args = ["-noshell", "-noinput", "-boot", "no_dot_erlang", "-eval", ERLANG_PROBE];
  const found = await probe(program, args, signal);
  if (found !== undefined && realpathSync(program).startsWith(realpathSync(dirname(found.libraryFolder)))) {
    remember(program, found);
  }
  return found;
}

/** Finds the Elixir that `elixir` starts: beside it, or where a shim says by starting it. */
export async function findElixir(signal: AbortSignal): Promise<Installation | undefined> {
  const program = findProgram("elixir");
  if (program === undefined) return undefined;
  const libraryFolder = join(dirname(realpathSync(program)), "..", "lib");
  const application = join(libraryFolder, "elixir", "ebin", "elixir.app");
  if (existsSync(application)) {
    const version = /\{\s*vsn\s*,\s*"([^"]*)"/.exec(readFileSync(application, "utf8"))?.[1];
    if (version !== undefined) return { libraryFolder, version };
  }
  return probe(program, ["-e", ELIXIR_PROBE], signal);
}

/** Path of a program on `$PATH`. */
export function findProgram(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function probe(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Installation | undefined> {
  const { exitCode, output } = await runProgram(program, args, { signal, timeoutMs: PROBE_TIMEOUT_MS });
  const [version, libraryFolder] = output.trim().split("\n").reverse();
  if (exitCode !== 0 || version === undefined || libraryFolder === undefined) return undefined;
  return existsSync(libraryFolder) ? { libraryFolder, version } : undefined;
}

function noteOf(program: string): string {
  const real = realpathSync(program);
  const digest = createHash("sha256")
    .update(`${real} ${statSync(real).mtimeMs}`)
    .digest("hex");
  return join(cacheFolder(), `erlang-${digest.slice(0, 32)}.json`);
}

function recall(program: string): Installation | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(noteOf(program), "utf8"));
    return isInstallation(note) && existsSync(note.libraryFolder) ? note : undefined;
  } catch {
    // No note, or a broken one: the program is asked again.
    return undefined;
  }
}

function remember(program: string, installation: Installation): void {
  try {
    const note = noteOf(program);
    const draft = `${note}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(installation), { mode: 0o600 });
    renameSync(draft, note);
  } catch {
    // Only a shortcut: without it, the program is asked again next time.
  }
}

function isInstallation(note: unknown): note is Installation {
  return (
    typeof note === "object" &&
    note !== null &&
    "libraryFolder" in note &&
    typeof note.libraryFolder === "string" &&
    "version" in note &&
    typeof note.version === "string"
  );
}
