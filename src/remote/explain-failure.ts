import { setTimeout as sleep } from "node:timers/promises";
import { CallLost } from "../dist/remote-calls.ts";
import type { RemoteCall } from "../engine/remote-node.ts";
import { FusionPlayError } from "../errors.ts";
import { callError } from "./call-error.ts";

/** How long the end of a connection may take to be known as the loss of the node. */
const LOSS_MS = 500;

/** What is known of a host where something fails. */
export interface FailedHost {
  /** Its name. */
  readonly host: string;
  /** Version of its Elixir; null on a host that has only Erlang. */
  readonly elixir: string | null;
  /** Resolves with the reason when the node was lost. */
  readonly lost: Promise<FusionPlayError>;
}

/** Gives the error that tells most of a failure: a link that broke says little, why it broke says more. */
export async function explainFailure(
  error: unknown,
  failed: FailedHost,
  call?: RemoteCall,
): Promise<unknown> {
  const { host, elixir, lost } = failed;
  if (call !== undefined && error instanceof CallLost && error.mayHaveRun)
    return unlessUnknown(error, failed);
  if (error instanceof FusionPlayError && error.code === "NODE_LOST") return lost;
  // One request without an answer need not be the end of the connection.
  if (error instanceof FusionPlayError && error.code === "SSH_CONNECTION_LOST") {
    return Promise.race([lost, sleep(LOSS_MS, error)]);
  }
  return callError(error, call, { name: host, elixir });
}

/** Gives what is told of calls that may have been made when the host was lost, as they are never made again. */
export async function unlessUnknown(error: unknown, { host, lost }: FailedHost): Promise<unknown> {
  if (!(error instanceof CallLost) || !error.mayHaveRun) return error;
  return new FusionPlayError(
    `Cannot tell whether the call was made on ${host}: it was under way when the host was lost`,
    { code: "OUTCOME_UNKNOWN", hint: "Look at the host before you run it again", cause: await lost },
  );
}
