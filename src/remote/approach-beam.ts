import type { MessageMeter } from "../bytes/traffic-meter.ts";
import { DistConnection } from "../dist/connection.ts";
import type { LocalNode } from "../dist/local-node.ts";
import type { ConnectOptions } from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import type { BeamProcess } from "./beam-process.ts";
import { hostCommands } from "./become-commands.ts";
import { LiveLink } from "./live-link.ts";

/** Who a BEAM is, and where, as soon as that is known: it may still be starting. */
export interface ApproachedBeam {
  /** Full name of the node. */
  readonly nodeName: string;
  readonly cookie: string;
  readonly linkToken: string;
  readonly linkPort: Promise<number>;
}

export interface ApproachOptions extends Pick<ConnectOptions, "cancelled"> {
  readonly host: Host;
  readonly ssh: SshConnection;
  readonly beam: BeamProcess;
  /** Our node, which is new for each connection. */
  readonly local: LocalNode;
  readonly meter: MessageMeter;
  readonly timeouts: { readonly handshakeTimeoutMs: number };
  /** Makes another SSH connection to the host; undefined where the BEAM does not wait for one. */
  readonly reconnect: ((signal: AbortSignal) => Promise<SshConnection>) | undefined;
}

/** A connection to a BEAM that is being made. Closed, it ends, whether it was made by then or not. */
export interface Approach extends AsyncDisposable {
  readonly link: LiveLink;
  /** Resolves when the connection may be used: the link stands, and the challenge of the node is answered. */
  readonly connected: Promise<DistConnection>;
}

/**
 * Begins to make the link to a BEAM, and the handshake of the distribution protocol over it. Each message goes out
 * as soon as it can. The host proves over the link who it is, so the handshake need not be acknowledged before the
 * connection is used.
 */
export function approachBeam(
  { nodeName, cookie, linkToken, linkPort }: ApproachedBeam,
  { host, ssh, beam, local, meter, timeouts, reconnect, cancelled }: ApproachOptions,
): Approach {
  const over = new AbortController();
  const link = new LiveLink({
    ssh,
    port: linkPort,
    token: linkToken,
    nodeName: local.name,
    meter,
    reconnect,
    cancelled,
    died: beam.died,
    kill: (other) => beam.killOver(hostCommands(other, host)),
  });
  const connected = DistConnection.initiate(link.stream, {
    own: { name: local.name, creation: local.creation, cookie },
    expectedName: nodeName,
    signal: over.signal,
    acknowledgeMs: timeouts.handshakeTimeoutMs,
    meter,
  });
  connected.catch(() => {}); // where there is no link, that is the reason
  return {
    link,
    connected,
    async [Symbol.asyncDispose]() {
      over.abort(new Error("The session is closed"));
      await connected.then(
        (connection) => connection[Symbol.dispose](),
        () => {},
      );
      await link[Symbol.asyncDispose]();
    },
  };
}
