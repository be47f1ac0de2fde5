import { FusionPlayError } from "../errors.ts";
import type { HostStatus } from "./report.ts";

/** What the hosts of a play tell each other. */
export interface PlayProgress {
  /** A host has ended the play for all of them. */
  isOver: boolean;
  /** What ended it, where that is an error for all: `web1 failed`. */
  fatal: string | undefined;
}

/** Ends the play for all hosts, since one has failed or is unreachable: none begins another step. */
export function endForAll(progress: PlayProgress, host: string, status: HostStatus): void {
  progress.isOver = true;
  progress.fatal ??= `${host} ${status === "failed" ? "failed" : "is unreachable"}`;
}

/** @throws {FusionPlayError} `CANCELLED`, if the failure of a host has ended the play */
export function throwIfFatal({ fatal }: PlayProgress): void {
  if (fatal === undefined) return;
  const message = `Cannot go on with the play: ${fatal}, and any_errors_fatal holds`;
  throw new FusionPlayError(message, { code: "CANCELLED" });
}
