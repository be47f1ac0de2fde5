import type { ErrorCode } from "../error-code.ts";
import { FusionPlayError } from "../errors.ts";
import { SshError, type RetryAdvice } from "./ssh-error.ts";

/** An error on its way from the process that holds an SSH connection. */
export interface CarriedFailure {
  readonly message: string;
  /** Undefined for one that is no error of ours: a bug. */
  readonly code: ErrorCode | undefined;
  readonly hint: string | undefined;
  /** Of an SSH error. */
  readonly retry: RetryAdvice | undefined;
  readonly onTheWay: CarriedFailure | undefined;
}

/** What is told of an error. */
export function failureOf(error: unknown): CarriedFailure {
  const isOurs = error instanceof FusionPlayError;
  const isSsh = error instanceof SshError;
  return {
    message: error instanceof Error ? error.message : String(error),
    code: isOurs ? error.code : undefined,
    hint: isOurs ? error.hint : undefined,
    retry: isSsh ? error.retry : undefined,
    onTheWay: isSsh && error.onTheWay !== undefined ? failureOf(error.onTheWay) : undefined,
  };
}

/** The error that was told of. */
export function errorOf({ message, code, hint, retry, onTheWay }: CarriedFailure): Error {
  if (code === undefined) return new Error(message);
  if (retry === undefined) return new FusionPlayError(message, { code, hint });
  const before = onTheWay === undefined ? undefined : errorOf(onTheWay);
  return new SshError(message, {
    code,
    hint,
    retry,
    ...(before instanceof SshError ? { onTheWay: before } : {}),
  });
}
