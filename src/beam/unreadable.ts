import { FusionPlayError } from "../errors.ts";

/**
 * Says that a file or a folder cannot be read, and why.
 *
 * @param what is read, such as `the folder "ebin"`
 * @param cause error of the system
 */
export function unreadable(what: string, cause: unknown): FusionPlayError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new FusionPlayError(`Cannot read ${what}: ${code ?? message}`, {
    code: "FILE_UNREADABLE",
    hint: "Check that it is still there, and its permissions",
    cause,
  });
}
