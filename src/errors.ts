import { inspect } from "node:util";
import type { ErrorCode } from "./error-code.ts";

/** What an error has besides its message. */
export interface ErrorDetails {
  /** Stable name that scripts and tests match on. */
  code: ErrorCode;
  /** What to try next: one imperative sentence. */
  hint?: string | undefined;
  /** The error that made this one happen. */
  cause?: unknown;
}

/** An error meant for the user. Anything else that reaches the command line is a bug. */
export class FusionPlayError extends Error {
  /** Name of the class. */
  override readonly name: string = "FusionPlayError";
  /** Stable name that programs may look at; `docs/errors.md` explains each. */
  readonly code: ErrorCode;
  /** What to try next, where that is known. */
  readonly hint: string | undefined;

  constructor(message: string, { code, hint, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}

/** The text of what was thrown without being an error. */
export function thrownText(thrown: unknown): string {
  return typeof thrown === "string" ? thrown : inspect(thrown);
}
