import type { ByteStream } from "../bytes/byte-stream.ts";
import type { ReverseTunnel, SshConnection, WaitOptions } from "../ssh/ssh-connection.ts";

/** What waits at our ends of the reverse tunnels. */
export interface TunnelTargets {
  /** Our EPMD. */
  acceptEpmd(stream: ByteStream): void;
  /** Our node. */
  acceptNode(stream: ByteStream): void;
}

/**
 * The SSH tunnels that let a BEAM join us without an open port, neither here nor, but for its
 * loopback interface, there:
 *
 *     BEAM → our EPMD     reverse
 *     BEAM → our node     reverse
 *     we   → the BEAM     forward, opened once the BEAM has told its port
 *
 * Our ends are streams inside the process: no local port is bound.
 */
export class Tunnels implements AsyncDisposable {
  readonly #ssh: SshConnection;
  readonly #reverse: readonly ReverseTunnel[];
  /** Ports of the host that lead to our EPMD and to our node. */
  readonly epmdPort: number;
  readonly nodePort: number;

  private constructor(ssh: SshConnection, epmd: ReverseTunnel, node: ReverseTunnel) {
    this.#ssh = ssh;
    this.#reverse = [epmd, node];
    this.epmdPort = epmd.remotePort;
    this.nodePort = node.remotePort;
  }

  /** Opens both reverse tunnels at once, or none: if one fails, the other is closed again. */
  static async open(ssh: SshConnection, targets: TunnelTargets, options: WaitOptions): Promise<Tunnels> {
    const opened = await Promise.allSettled([
      ssh.reverseTunnel((stream) => targets.acceptEpmd(stream), options),
      ssh.reverseTunnel((stream) => targets.acceptNode(stream), options),
    ]);
    const [epmd, node] = opened;
    if (epmd.status === "fulfilled" && node.status === "fulfilled")
      return new Tunnels(ssh, epmd.value, node.value);
    await closeAll(opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])));
    throw epmd.status === "rejected" ? epmd.reason : (node as PromiseRejectedResult).reason;
  }

  /** Opens the way to the BEAM that listens on `port` of the host. */
  async toNode(port: number, options: WaitOptions): Promise<ByteStream> {
    return this.#ssh.forwardStream(port, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeAll(this.#reverse);
  }
}

/** Closes in reverse order of opening. A server that is gone has closed its tunnels already. */
async function closeAll(tunnels: readonly ReverseTunnel[]): Promise<void> {
  for (const tunnel of tunnels.toReversed()) {
    try {
      await tunnel[Symbol.asyncDispose]();
    } catch {
      // the connection is what is left to close
    }
  }
}
