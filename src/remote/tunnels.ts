import type { ByteStream } from "../bytes/byte-stream.ts";
import type { ReverseTunnel, WaitOptions } from "../ssh/ssh-connection.ts";
import type { Forwarding } from "./forwarding.ts";

/** What waits at our ends of the reverse tunnels. */
export interface TunnelTargets {
  /** Our EPMD. */
  acceptEpmd(stream: ByteStream): void;
  /** Our node. */
  acceptNode(stream: ByteStream): void;
  /** Our boot server; of a BEAM that fetches code. */
  acceptBoot?: ((stream: ByteStream) => void) | undefined;
}

/**
 * The tunnels that let a BEAM join us without an open port, neither here nor, but for its
 * loopback interface, there:
 *
 *     BEAM → our EPMD     reverse
 *     BEAM → our node     reverse
 *     BEAM → our boot server, where it fetches code from us: reverse
 *
 * The way from us to the BEAM is opened once it has told its port, and again when the connection was lost.
 * Our ends are streams inside the process: no local port is bound.
 */
export class Tunnels implements AsyncDisposable {
  readonly #reverse: readonly ReverseTunnel[];
  /** Ports of the host that lead to our EPMD, to our node and to our boot server. */
  readonly epmdPort: number;
  readonly nodePort: number;
  readonly bootPort: number | undefined;

  private constructor({
    epmd,
    node,
    boot,
  }: {
    epmd: ReverseTunnel;
    node: ReverseTunnel;
    boot: ReverseTunnel | undefined;
  }) {
    this.#reverse = boot === undefined ? [epmd, node] : [epmd, node, boot];
    this.epmdPort = epmd.remotePort;
    this.nodePort = node.remotePort;
    this.bootPort = boot?.remotePort;
  }

  /** Opens the reverse tunnels at once, or none: if one fails, the others are closed again. */
  static async open(forwarding: Forwarding, targets: TunnelTargets, options: WaitOptions): Promise<Tunnels> {
    const { acceptBoot } = targets;
    const requests = [
      forwarding.reverseTunnel((stream) => targets.acceptEpmd(stream), options),
      forwarding.reverseTunnel((stream) => targets.acceptNode(stream), options),
      ...(acceptBoot === undefined ? [] : [forwarding.reverseTunnel(acceptBoot, options)]),
    ];
    const results = await Promise.allSettled(requests);
    const opened = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const refused = results.find((result) => result.status === "rejected");
    if (refused !== undefined) {
      await closeAll(opened);
      throw refused.reason;
    }
    const [epmd, node, boot] = opened as [ReverseTunnel, ReverseTunnel, ReverseTunnel | undefined];
    return new Tunnels({ epmd, node, boot });
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
