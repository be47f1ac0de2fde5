import { basename } from "node:path";
import { FusionPlayError } from "../errors.ts";
import type { Language } from "../playbook/playbook.ts";
import { findElixir, findErlang, findProgram } from "./installation.ts";
import { runProgram } from "./run-program.ts";

/** Compilers are slow on a loaded machine, but never this slow. */
const COMPILE_TIMEOUT_MS = 180_000;

/** The compiler of a language on this machine. */
export interface Compiler {
  readonly program: string;
  /** Evaluates code of the language. */
  readonly evaluator: string;
  /** Changes whenever its output may. */
  readonly version: string;
}

const COMPILERS = {
  elixir: { program: "elixirc", evaluator: "elixir", name: "Elixir", package: "elixir" },
  erlang: { program: "erlc", evaluator: "erl", name: "Erlang", package: "erlang" },
} as const;

/**
 * Finds the compiler of `language` on `$PATH`.
 *
 * @throws {FusionPlayError} `COMPILER_NOT_FOUND`
 */
export async function findCompiler(language: Language, signal: AbortSignal): Promise<Compiler> {
  const names = COMPILERS[language];
  const [program, evaluator] = [findProgram(names.program), findProgram(names.evaluator)];
  const erlang = program === undefined ? undefined : await findErlang(signal);
  const elixir = erlang !== undefined && language === "elixir" ? await findElixir(signal) : undefined;
  const isMissing = erlang === undefined || (language === "elixir" && elixir === undefined);
  if (program === undefined || evaluator === undefined || isMissing) {
    throw new FusionPlayError(`Cannot compile ${names.name} code: ${missing(names.program, program)}`, {
      code: "COMPILER_NOT_FOUND",
      hint: `Install it ("apt install ${names.package}", "brew install ${names.package}"), or list .beam files under modules`,
    });
  }
  const version = [erlang.version, elixir?.version].filter(Boolean).join(" elixir ");
  return { program, evaluator, version };
}

function missing(name: string, program: string | undefined): string {
  return program === undefined ? `"${name}" is not on the PATH` : `"${program}" does not start`;
}

/** Sources of one language, as they are compiled together. */
export interface SourcesToCompile {
  readonly compiler: Compiler;
  readonly sources: readonly string[];
  /** What they are, for the message of an error. */
  readonly subject: string;
  /** A folder that all of them are in, in which the compiler is started. */
  readonly base: string;
  /** Folders of modules that they may use. */
  readonly codePath: readonly string[];
  /** Gets the modules. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

export interface CompileRun {
  readonly args: readonly string[];
  /** What is compiled, for the message of an error. */
  readonly subject: string;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /**
   * Takes out of what the compiler says what the user did not write.
   *
   * @default everything stays
   */
  readonly tidy?: (text: string) => string;
  /**
   * Words what the compiler says, for the message of an error.
   *
   * @default as the compiler says it
   */
  readonly word?: (text: string) => string;
}

/**
 * Runs a compiler and returns its warnings.
 *
 * @throws {FusionPlayError} `COMPILE_FAILED` with what the compiler says
 */
export async function runCompiler(
  { program }: Pick<Compiler, "program">,
  { args, subject, cwd, signal, tidy = (text) => text, word = (text) => text }: CompileRun,
): Promise<string> {
  const { exitCode, output } = await runProgram(program, args, {
    signal,
    cwd,
    timeoutMs: COMPILE_TIMEOUT_MS,
  });
  const text = tidy(output).trim();
  if (exitCode === 0) return text;
  throw new FusionPlayError(
    `Cannot compile ${subject}:${text === "" ? ` ${basename(program)} gave no reason` : `\n${word(text)}`}`,
    { code: "COMPILE_FAILED", hint: "Correct the source; nothing was shipped" },
  );
}
