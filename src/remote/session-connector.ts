import type { ConnectNode, ConnectOptions } from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import { OpenBundles } from "../runtime/open-bundles.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { bootHost } from "./boot-host.ts";
import { disposeAll } from "./dispose-all.ts";
import { erlOfHost } from "./erl-of-host.ts";
import { FetchedCode } from "./fetched-code.ts";
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

/** Makes what brings up a BEAM on a host and keeps it until it is disposed of. */
export function sessionConnector({ connectSsh, ...given }: SessionOptions): ConnectNode {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...given };
  const bundles = new OpenBundles();
  return async (host, options) => {
    options.onPhase?.("connect");
    const { erl, bundle } = await erlOfHost(host, options, bundles);
    const ssh = await connectSsh(host, options);
    const resources: (AsyncDisposable | Disposable)[] = [ssh];
    try {
      const fetched = options.onDemand ? new FetchedCode(host.name) : undefined;
      const { inTurn = (work) => work() } = options;
      // The link tries again by itself, and leaves its turn to others meanwhile.
      const connectAgain = (signal: AbortSignal): Promise<SshConnection> =>
        inTurn(() => connectSsh(host, { signal, retries: 0 }), signal);
      const bootOptions = { ...options, host, erl, bundle, files: fetched, timeouts, connectAgain };
      const booted = await bootHost(ssh, bootOptions, resources);
      return new Session({ host, timeouts, ...booted, fetched, resources });
    } catch (error) {
      await disposeAll(resources).catch(() => {}); // the first failure is the one to report
      throw error;
    }
  };
}
