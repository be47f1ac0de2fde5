import type { ConnectNode, ConnectOptions } from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import { OpenBundles } from "../runtime/open-bundles.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { bootHost } from "./boot-host.ts";
import { disposeAll } from "./dispose-all.ts";
import { erlOfHost } from "./erl-of-host.ts";
import { TrafficMeter } from "../bytes/traffic-meter.ts";
import { FetchedCode } from "./fetched-code.ts";
import { MeteredConnection } from "./metered-connection.ts";
import { Session, type SessionTimeouts } from "./session.ts";

/** Makes the SSH connection to a host; its deadlines are its own. */
export type ConnectSsh = (
  host: Host,
  options: Pick<ConnectOptions, "signal" | "onPhase"> & {
    /** How often to try again. @default as the inventory, the command line or the SSH config say */
    readonly retries?: number;
  },
) => Promise<SshConnection>;

export interface SessionOptions {
  connectSsh: ConnectSsh;
  /** @default 10000 */
  tunnelTimeoutMs?: number;
  /** From the start of `erl` until it has registered. @default 30000 */
  bootTimeoutMs?: number;
  /** @default 10000 */
  handshakeTimeoutMs?: number;
  /** One question and one load; each question about applications. @default 120000 */
  pushTimeoutMs?: number;
  /** All facts of a host. @default 15000 */
  factsTimeoutMs?: number;
}

export const DEFAULT_TIMEOUTS: SessionTimeouts = {
  tunnelTimeoutMs: 10_000,
  bootTimeoutMs: 30_000,
  handshakeTimeoutMs: 10_000,
  pushTimeoutMs: 120_000,
  factsTimeoutMs: 15_000,
};

/** To get to the host, to exchange identifications with the proposals that follow them, and to exchange keys. */
const CONNECT_ROUND_TRIPS = 3;

/** Makes what brings up a BEAM on a host and keeps it until it is disposed of. */
export function sessionConnector({ connectSsh, ...given }: SessionOptions): ConnectNode {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...given };
  const bundles = new OpenBundles();
  return async (host, given) => {
    const meter = new TrafficMeter();
    const options: ConnectOptions = {
      ...given,
      onPhase: (phase) => {
        if (phase === "authenticate") meter.add(CONNECT_ROUND_TRIPS);
        given.onPhase?.(phase, meter.counts);
      },
    };
    options.onPhase?.("connect");
    const { erl, bundle } = await erlOfHost(host, options, bundles);
    const connectMetered: ConnectSsh = async (to, wanted) => {
      const made = await connectSsh(to, wanted);
      meter.add(made.login.roundTrips ?? 0);
      return new MeteredConnection(made, meter);
    };
    const ssh = await connectMetered(host, options);
    const resources: (AsyncDisposable | Disposable)[] = [ssh];
    try {
      const fetched = options.onDemand ? new FetchedCode(host.name) : undefined;
      const { inTurn = (work) => work() } = options;
      // The link tries again by itself, and leaves its turn to others meanwhile.
      const connectAgain = (signal: AbortSignal): Promise<SshConnection> =>
        inTurn(() => connectMetered(host, { signal, retries: 0 }), signal);
      const bootOptions = { ...options, host, erl, bundle, files: fetched, timeouts, meter, connectAgain };
      const booted = await bootHost(ssh, bootOptions, resources);
      return new Session({ host, timeouts, ...booted, fetched, meter, resources });
    } catch (error) {
      await disposeAll(resources).catch(() => {}); // the first failure is the one to report
      throw error;
    }
  };
}
