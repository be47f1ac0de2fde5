import type { TrafficMeter } from "../bytes/traffic-meter.ts";
import type { ConnectOptions } from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { approachBeam } from "./approach-beam.ts";
import { BeamProcess } from "./beam-process.ts";
import { hostCommands } from "./become-commands.ts";
import { connectBeam, newLocalNode, type LiveBeam } from "./connect-beam.ts";
import { killMsOf } from "./kill-ms.ts";
import type { HeldBeam, HeldConnection } from "./session-keeper.ts";

export interface JoinBeamOptions extends Pick<
  ConnectOptions,
  "signal" | "onPhase" | "onOutput" | "cancelled"
> {
  readonly host: Host;
  /** The connection, as it is used. */
  readonly ssh: SshConnection;
  readonly meter: TrafficMeter;
  readonly timeouts: { readonly handshakeTimeoutMs: number };
  /** Makes another SSH connection to the host. */
  readonly reconnect: (signal: AbortSignal) => Promise<SshConnection>;
}

/**
 * Connects to a BEAM that an earlier run has left: with a new link and a new node of ours.
 *
 * @param resources gets what was opened, in that order, also when it fails
 * @throws {FusionPlayError} what went wrong
 */
export async function joinBeam(
  { ssh: carried, beam }: HeldConnection & { readonly beam: HeldBeam },
  options: JoinBeamOptions,
  resources: (AsyncDisposable | Disposable)[],
): Promise<LiveBeam> {
  const { host, ssh, signal, onOutput, onPhase } = options;
  const command = await carried.adopt(beam.command, { signal });
  const process = BeamProcess.adopt(hostCommands(ssh, host), command, {
    host: host.name,
    pid: beam.pid,
    killMs: killMsOf(host),
    onOutput: (text) => onOutput?.(text),
  });
  resources.push(process);
  const { nodeName, cookie, linkToken, linkPort } = beam;
  const connecting = { ...options, local: newLocalNode(), beam: process, bootServer: undefined };
  onPhase?.("handshake");
  const approached = { nodeName, cookie, linkToken, linkPort: Promise.resolve(linkPort) };
  const approach = approachBeam(approached, connecting);
  resources.push(approach);
  return connectBeam(beam, approach, connecting);
}
