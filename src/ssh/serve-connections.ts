import type { ByteStream } from "../bytes/byte-stream.ts";
import { CarriedServer } from "./carried-server.ts";
import { failureOf } from "./carried-failure.ts";
import { Carrier } from "./carrier.ts";
import type { CarrierLane } from "./carrier-lane.ts";
import type { ConnectOptions } from "./connector.ts";
import { readRevealed } from "./secret-json.ts";
import type { SshConnection } from "./ssh-connection.ts";
import type { SshTarget } from "./ssh-target.ts";
import type { ThreadAnswer, ThreadRequest } from "./thread-message.ts";

/** Makes a connection, or throws an {@linkcode SshError}. */
export type MakeConnection = (target: SshTarget, options: ConnectOptions) => Promise<SshConnection>;

/** Makes connections for the thread at the other end of a stream, and lets it use them. */
export function serveConnections(stream: ByteStream, make: MakeConnection): void {
  void new Carrier(stream, (lane) => {
    const gone = new AbortController();
    lane.listen({
      onMessage: (_, request) => void serve(lane, request as ThreadRequest, make, gone.signal),
      onEnd: () => gone.abort(new Error("Nobody waits for the connection any longer")),
    });
  });
}

async function serve(
  lane: CarrierLane,
  { target }: ThreadRequest,
  make: MakeConnection,
  signal: AbortSignal,
): Promise<void> {
  const answer = (message: ThreadAnswer): void => lane.send(0, message);
  try {
    const onPhase: ConnectOptions["onPhase"] = (phase) => answer({ type: "phase", phase });
    const connection = await make(readRevealed(target) as SshTarget, { signal, onPhase });
    answer({ type: "connected" });
    void new CarriedServer(lane, connection);
  } catch (error) {
    answer({ type: "failed", failure: failureOf(error) });
  }
}
