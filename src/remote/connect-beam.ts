import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootServer } from "../boot-server/server.ts";
import type { TrafficMeter } from "../bytes/traffic-meter.ts";
import type { DistConnection } from "../dist/connection.ts";
import { HandshakeError } from "../dist/handshake-error.ts";
import { LocalNode } from "../dist/local-node.ts";
import { RemoteCalls } from "../dist/remote-calls.ts";
import type { ConnectOptions, Runtime } from "../engine/remote-node.ts";
import { FusionPlayError } from "../errors.ts";
import type { Host } from "../inventory/inventory.ts";
import type { BeamProcess } from "./beam-process.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { withDeadline } from "./deadline.ts";
import type { Approach } from "./approach-beam.ts";
import type { LiveLink } from "./live-link.ts";

/** What has to be known to connect to a BEAM that runs. */
export interface BeamAccess {
  readonly runtime: Runtime;
  /** Full name of the node. */
  readonly nodeName: string;
  readonly cookie: string;
  /** The port of the host that takes links, and what it wants to see. */
  readonly linkPort: number;
  readonly linkToken: string;
}

/** A BEAM that is connected to us. */
export interface LiveBeam {
  readonly access: BeamAccess;
  readonly process: BeamProcess;
  readonly calls: RemoteCalls;
  readonly link: LiveLink;
  /** Resolves with the reason when the BEAM was lost; never rejects. */
  readonly lost: Promise<FusionPlayError>;
}

export interface ConnectBeamOptions extends Pick<ConnectOptions, "signal" | "onOutput"> {
  readonly host: Host;
  /** Counts what goes to the host and comes from it. */
  readonly meter: TrafficMeter;
  readonly timeouts: { readonly handshakeTimeoutMs: number };
  /** Our node, which is new for each connection. */
  readonly local: LocalNode;
  readonly beam: BeamProcess;
  /** Of a BEAM that fetches code. */
  readonly bootServer: BootServer | undefined;
}

/** How long the end of the relay may be told before why it ended. */
const LAST_WORDS_MS = 500;

/** Ends the programs of a call, too, which an exit signal leaves alone. */
const KILLER = { module: "fusion_play_dist", function: "kill" };

/** A node with a name that no other has. */
export function newLocalNode(): LocalNode {
  return new LocalNode(`fusion_play_${randomBytes(6).toString("hex")}@127.0.0.1`);
}

/**
 * Waits until the connection that is being made to a BEAM may be used.
 *
 * @throws {FusionPlayError} what went wrong
 */
export async function connectBeam(
  access: BeamAccess,
  { link, connected }: Approach,
  options: ConnectBeamOptions,
): Promise<LiveBeam> {
  const { host, meter, timeouts, signal, local, beam, bootServer } = options;
  const connection = await withDeadline(
    { host: host.name, signal, phase: "handshake", ms: timeouts.handshakeTimeoutMs },
    async (phaseSignal) => {
      await unlessAborted(link.opened, phaseSignal);
      return unlessAborted(connected, phaseSignal);
    },
  ).catch((error: unknown) => {
    // Who does not answer because the connection was lost is not merely slow.
    throw !signal.aborted && link.away instanceof FusionPlayError ? link.away : error;
  });
  return {
    access,
    process: beam,
    calls: new RemoteCalls(connection, local, {
      onStrayOutput: (text) => options.onOutput?.(text),
      sent: link.stream,
      meter,
      killer: KILLER,
    }),
    link,
    lost: reasonOfLoss(host.name, { link, connection, bootServer }),
  };
}

async function reasonOfLoss(
  host: string,
  { link, connection, bootServer }: Connections,
): Promise<FusionPlayError> {
  // A link that is given up ends the connection that it carries, too; so its reason comes first.
  const ends: Promise<Error | undefined>[] = [link.lost, connection.closed];
  if (bootServer !== undefined) {
    // Whatever the BEAM loads next, it would wait for ever. Most often it is the connection that is lost.
    ends.push(bootServer.clientLeft.then(() => sleep(LAST_WORDS_MS, relayEnded())));
  }
  const reason = await Promise.race(ends);
  return new FusionPlayError(`Cannot go on with ${host}: ${reason?.message ?? "the session was closed"}`, {
    code: isAnother(reason) ? reason.code : "NODE_LOST",
    hint: reason instanceof FusionPlayError ? reason.hint : undefined,
    cause: reason,
  });
}

/** Whether who answered the handshake turned out not to be the BEAM that was started. */
function isAnother(reason: Error | undefined): reason is HandshakeError {
  return reason instanceof HandshakeError && reason.code === "HANDSHAKE_COOKIE_MISMATCH";
}

interface Connections {
  readonly link: LiveLink;
  readonly connection: DistConnection;
  readonly bootServer: BootServer | undefined;
}

function relayEnded(): FusionPlayError {
  return new FusionPlayError("Cannot load code any longer: the relay of its loader ended", {
    code: "NODE_LOST",
  });
}
