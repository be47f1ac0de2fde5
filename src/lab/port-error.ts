import { FusionPlayError } from "../errors.ts";

/** Explains why a host of the lab cannot listen on a port. */
export function portError(port: number, cause: unknown): FusionPlayError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === "EADDRINUSE" ? "it is in use" : message;
  return new FusionPlayError(`Cannot bring up the lab on port ${port}: ${reason}`, {
    code: "LAB_FAILED",
    hint: "Choose other ports with `--port <number>`: the hosts get the numbers after it",
    cause,
  });
}
