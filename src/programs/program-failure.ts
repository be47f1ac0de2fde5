import { FusionPlayError } from "../errors.ts";
import type { ProgramResult } from "./run-program.ts";

/** Lines of standard error that are shown: the last ones say most. */
const MAX_LINES = 10;
const MAX_LINE_LENGTH = 200;

/** Options of {@linkcode programFailure}. */
export interface FailureOptions {
  /** What could not be done, such as `Cannot read "inventory.py"`. */
  readonly failed: string;
  /** The command, to be tried by hand. */
  readonly command: string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/** Words why a program did not do what it was run for, with the end of what it printed on standard error. */
export function programFailure(result: ProgramResult, options: FailureOptions): FusionPlayError {
  const { failed, command } = options;
  const errors = "errors" in result ? lastLines(result.errors) : [];
  const printed =
    errors.length === 0 ? "" : `, and printed:\n${errors.map((line) => `    ${line}`).join("\n")}`;
  return new FusionPlayError(`${failed}: ${stateOf(result, options)}${printed}`, {
    code: "PROGRAM_FAILED",
    hint: result.type === "not_started" ? hintOf(result.cause) : `Run it by hand: ${command}`,
    ...(result.type === "not_started" ? { cause: result.cause } : {}),
  });
}

function stateOf(result: ProgramResult, { timeoutMs, maxOutputBytes }: FailureOptions): string {
  switch (result.type) {
    case "ended":
      return `the program ended with exit code ${result.exitCode}`;
    case "killed":
      return `the program was ended by ${result.signal}`;
    case "timed_out":
      return `the program did not end within ${timeoutMs / 1000} s`;
    case "too_much_output":
      return `the program printed more than ${maxOutputBytes / 1024 / 1024} MiB`;
    case "not_started":
      return `the program cannot be started: ${reasonOf(result.cause)}`;
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "its interpreter does not exist";
  return code === "EACCES" ? "permission is denied" : message;
}

function hintOf({ code }: NodeJS.ErrnoException): string {
  return code === "ENOENT"
    ? "Check its first line, such as #!/usr/bin/env python3"
    : "Check that it is executable, and that its folder may hold programs";
}

function lastLines(text: string): string[] {
  const lines = text.replaceAll(UNPRINTABLE, "\uFFFD").split("\n");
  return lines
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-MAX_LINES)
    .map((line) => (line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line));
}

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
