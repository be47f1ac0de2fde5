import type { MessageMeter, TrafficMeter } from "../bytes/traffic-meter.ts";
import type { BootFiles } from "../boot-server/server.ts";
import type { ConnectOptions, Transport } from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import type { Bundle } from "../runtime/bundle.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { hostCommands } from "./become-commands.ts";
import { bootOver } from "./boot-over.ts";
import { bringUp, type BringUpTimeouts } from "./bring-up.ts";
import type { LiveBeam } from "./connect-beam.ts";
import { disposeAll } from "./dispose-all.ts";
import type { ErlSource } from "./find-erl-script.ts";
import type { MeteredConnection } from "./metered-connection.ts";
import { provideRuntime } from "./provide-runtime.ts";
import { RuntimeMissing } from "./runtime-missing.ts";
import { StdioConnection } from "./stdio-connection.ts";

export interface BootHostOptions extends Omit<ConnectOptions, "bundle" | "onDemand" | "inTurn"> {
  readonly host: Host;
  readonly erl: ErlSource;
  /** Brought where the host has not got it. */
  readonly bundle: Bundle | undefined;
  /** What the BEAM may fetch from us; one that fetches nothing boots faster. */
  readonly files: BootFiles | undefined;
  readonly timeouts: BringUpTimeouts;
  readonly meter: TrafficMeter;
  /** Makes another SSH connection to the host. */
  readonly connectAgain: (signal: AbortSignal) => Promise<SshConnection>;
}

/**
 * Boots a BEAM on a host to which there is an SSH connection: with the runtime that it is brought, and over what
 * its server allows.
 *
 * @param resources gets what was opened, in that order, also when it fails; the connection stays the first
 * @throws {FusionPlayError} what went wrong in which phase
 */
export async function bootHost(
  ssh: MeteredConnection,
  { bundle, connectAgain, transport, ...options }: BootHostOptions,
  resources: (AsyncDisposable | Disposable)[],
): Promise<{ beam: LiveBeam; transport: Transport }> {
  const { host, erl, timeouts, signal, onPhase } = options;
  const commands = hostCommands(ssh, host);
  const ofRelay = { host, erl, startMs: timeouts.bootTimeoutMs };
  const undo = (): Promise<void> => disposeAll(resources.splice(1));

  const overStdio = async (): Promise<SshConnection> => {
    onPhase?.("tunnel");
    const connection = await StdioConnection.open(ssh, { ...ofRelay, signal });
    resources.push(connection);
    return connection;
  };
  const attempt = async (wanted: Transport): Promise<LiveBeam> => {
    const relay = wanted === "stdio" ? await overStdio() : undefined;
    const reconnect = async (outer: AbortSignal): Promise<SshConnection> => {
      const other = await connectAgain(outer);
      if (wanted === "tunnels") return other;
      return StdioConnection.open(other, { ...ofRelay, signal: outer, below: other });
    };
    const linkOver = (meter: MessageMeter): SshConnection => relay ?? ssh.countedBy(meter);
    return bringUp({ ...options, ssh: relay ?? ssh, linkOver, commands, reconnect }, resources);
  };
  const boot = (wanted: Transport): Promise<LiveBeam> =>
    attempt(wanted).catch(async (error: unknown) => {
      if (bundle === undefined || !(error instanceof RuntimeMissing)) throw error;
      await undo();
      onPhase?.("runtime");
      await provideRuntime(commands, { bundle, host: host.name, system: error.system, signal });
      return attempt(wanted);
    });
  const choice = host.connection.transport ?? transport ?? "auto";
  const booted = await bootOver(choice, { boot, undo, signal });
  return { beam: booted.booted, transport: booted.transport };
}
