import type { CarriedFailure } from "./carried-failure.ts";
import type { LoginPhase } from "./ssh2-failure.ts";

/** What a thread is asked on a lane: to make a connection. The lane carries it once the thread has said so. */
export interface ThreadRequest {
  /** An `SshTarget` as JSON that reveals what is secret. */
  readonly target: string;
}

/** What the thread answers on the lane. */
export type ThreadAnswer =
  | { readonly type: "phase"; readonly phase: LoginPhase }
  | { readonly type: "failed"; readonly failure: CarriedFailure }
  /** The lane carries the connection from now on. */
  | { readonly type: "connected" };
