import { randomBytes, randomInt } from "node:crypto";
import { FusionPlayError } from "../errors.ts";
import { BesideMeter } from "../bytes/beside-meter.ts";
import { BootServer, type BootFiles } from "../boot-server/server.ts";
import type { MessageMeter, TrafficMeter } from "../bytes/traffic-meter.ts";
import type { ByteStream } from "../bytes/byte-stream.ts";
import type { NodeEntry } from "../epmd/message.ts";
import { EpmdServer } from "../epmd/server.ts";
import type { ConnectOptions } from "../engine/remote-node.ts";
import type { LocalNode } from "../dist/local-node.ts";
import type { Host } from "../inventory/inventory.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { approachBeam } from "./approach-beam.ts";
import { BeamProcess } from "./beam-process.ts";
import { becomeOf } from "./become-command.ts";
import { connectBeam, newLocalNode, type BeamAccess, type LiveBeam } from "./connect-beam.ts";
import { BECOME_MS, type HostCommands } from "./become-commands.ts";
import type { ErlSource } from "./find-erl-script.ts";
import { withDeadline } from "./deadline.ts";
import { LINGER_S } from "./link-protocol.ts";
import { killMsOf } from "./kill-ms.ts";
import { Tunnels, type TunnelTargets } from "./tunnels.ts";

export interface BringUpOptions extends Omit<ConnectOptions, "onDemand" | "transport" | "inTurn"> {
  readonly host: Host;
  readonly erl: ErlSource;
  /** What the BEAM may fetch from us; one that fetches nothing boots faster. */
  readonly files: BootFiles | undefined;
  readonly ssh: SshConnection;
  /** The same connection, for a link whose messages are counted by this meter. */
  linkOver(meter: MessageMeter): SshConnection;
  /** Start what runs on the host; the tunnels are those of the connection. */
  readonly commands: HostCommands;
  readonly timeouts: BringUpTimeouts;
  readonly meter: TrafficMeter;
  /** Makes another SSH connection to the host. */
  reconnect(signal: AbortSignal): Promise<SshConnection>;
}

/** Limits of the phases, in milliseconds. */
export interface BringUpTimeouts {
  readonly tunnelTimeoutMs: number;
  readonly bootTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
}

const LOOPBACK = "127.0.0.1";
const DISTRIBUTION_VERSION = { highestVersion: 6, lowestVersion: 5 } as const;

/**
 * Starts a BEAM over an SSH connection and connects to it, as `docs/how-it-works.md` tells it.
 *
 * @param resources gets what was opened, in that order, also when a later phase fails
 * @throws {FusionPlayError} what went wrong in which phase
 */
export async function bringUp(
  options: BringUpOptions,
  resources: (AsyncDisposable | Disposable)[],
): Promise<LiveBeam> {
  const { files, onPhase, meter } = options;
  const local = newLocalNode();
  const shortName = `fusion_${randomBytes(6).toString("hex")}`;
  const node = { nodeName: `${shortName}@${LOOPBACK}`, cookie: newSecret(), linkToken: newSecret() };
  const registered = registration();
  const bootToken = newSecret();
  const bootServer = files && new BootServer({ token: bootToken, files });
  // Closed after the BEAM, which the relay kills when the server is gone first.
  if (bootServer !== undefined) resources.push(bootServer);

  onPhase?.("tunnel");
  let epmd: EpmdServer | undefined;
  const accept = {
    acceptEpmd: (stream: ByteStream) => epmd?.accept(stream),
    acceptBoot: bootServer && ((stream: ByteStream) => bootServer.accept(stream)),
  };
  const [tunnels, beam] = await openWays(options, accept, resources);
  epmd = epmdFor(shortName, { tunnels, local, meter, onAlive: registered.tell });
  resources.push(epmd);

  onPhase?.("boot");
  const beside = new BesideMeter(meter);
  // What fetches its code from us cannot do without us.
  const reconnect = files === undefined ? options.reconnect : undefined;
  const approach = approachBeam(
    { ...node, linkPort: beam.linkPort },
    { ...options, ssh: options.linkOver(beside), local, beam, meter: beside, reconnect },
  );
  resources.push(approach);
  const { epmdPort, bootPort } = tunnels;
  beam.boot({
    ...node,
    epmdPort,
    lingerSeconds: reconnect === undefined ? 0 : LINGER_S,
    bootServer: bootPort === undefined ? undefined : { port: bootPort, token: bootToken },
  });
  meter.asked();
  const access = { ...(await untilReady(options, beam, registered.entry)), ...node };

  onPhase?.("handshake");
  beside.join();
  const live = await connectBeam(access, approach, { ...options, local, beam, bootServer });
  beside.end();
  return live;
}

function newSecret(): string {
  return randomBytes(24).toString("hex");
}

/** Requests the reverse tunnels and the boot command in one go: none waits for another's answer. */
async function openWays(
  options: BringUpOptions,
  accept: Pick<TunnelTargets, "acceptEpmd" | "acceptBoot">,
  resources: (AsyncDisposable | Disposable)[],
): Promise<[Tunnels, BeamProcess]> {
  const { host, erl, ssh, commands, files, timeouts, onOutput } = options;
  const targets = {
    ...accept,
    // We connect to the BEAM, once; a second link from its side is not wanted.
    acceptNode: (stream: ByteStream) => stream.close(),
  };
  // To become another user has a deadline of its own.
  const ms = timeouts.tunnelTimeoutMs + (becomeOf(host) === undefined ? 0 : BECOME_MS);
  const deadline = { host: host.name, signal: options.signal, phase: "tunnel", ms };
  return withDeadline(deadline, async (signal) => {
    const [tunnels, beam] = await Promise.allSettled([
      Tunnels.open(ssh, targets, { signal }),
      BeamProcess.start(commands, {
        host: host.name,
        erl,
        onDemand: files !== undefined,
        killMs: killMsOf(host),
        signal,
        onOutput: (text) => onOutput?.(text),
      }),
    ]);
    if (tunnels.status === "fulfilled") resources.push(tunnels.value);
    if (beam.status === "fulfilled") resources.push(beam.value);
    // Where no command can be started, it is of no use to try other ways than tunnels.
    if (beam.status === "rejected") throw beam.reason;
    if (tunnels.status === "rejected") throw tunnels.reason;
    return [tunnels.value, beam.value];
  });
}

/** Our EPMD for the BEAM whose name is this, without what follows the `@`. */
function epmdFor(expectedName: string, { tunnels, local, meter, onAlive }: EpmdParts): EpmdServer {
  return new EpmdServer({
    own: { name: local.shortName, port: tunnels.nodePort, nodeType: "hidden", ...DISTRIBUTION_VERSION },
    expectedName,
    creation: randomInt(4, 2 ** 32),
    port: tunnels.epmdPort,
    onAlive: (node) => {
      meter.told();
      onAlive(node);
      // The BEAM waits for our answer, and we for what it says then.
      meter.asked();
      meter.again();
    },
  });
}

interface EpmdParts extends Pick<BringUpOptions, "meter"> {
  readonly tunnels: Tunnels;
  readonly local: LocalNode;
  /** Told when the BEAM has registered. */
  readonly onAlive: (node: NodeEntry) => void;
}

/** Waits for both signs that the BEAM is up: its registration, and what it says of itself. */
async function untilReady(
  { host, ssh, timeouts, signal, meter }: BringUpOptions,
  beam: BeamProcess,
  registered: Promise<NodeEntry>,
): Promise<Pick<BeamAccess, "runtime" | "linkPort">> {
  const deadline = { host: host.name, signal, phase: "boot", ms: timeouts.bootTimeoutMs };
  const [, ready] = await withDeadline(deadline, (phaseSignal) => {
    // A BEAM that ends will never register, nor will one whose connection has.
    const ends = [beam.ended.then(throwIt), ssh.closed.then((error) => throwIt(error ?? closed(host.name)))];
    const registeredOrEnded = Promise.race([registered, ...ends]);
    return meter.wait(Promise.all([unlessAborted(registeredOrEnded, phaseSignal), beam.ready(phaseSignal)]));
  });
  // The last two lines that it has told.
  meter.addMessages(0, 2);
  const { otp, elixir, architecture, bits } = ready;
  return {
    runtime: { otp, elixir, architecture, bits },
    linkPort: await beam.linkPort,
  };
}

/** The registration of the BEAM with our EPMD, as a promise. */
function registration(): { entry: Promise<NodeEntry>; tell: (node: NodeEntry) => void } {
  let tell: (node: NodeEntry) => void = () => {};
  const entry = new Promise<NodeEntry>((resolve) => {
    tell = resolve;
  });
  return { entry, tell };
}

function closed(host: string): FusionPlayError {
  return new FusionPlayError(`Cannot boot the BEAM on ${host}: the connection was closed`, {
    code: "SSH_CONNECTION_LOST",
  });
}

function throwIt(error: FusionPlayError): never {
  throw error;
}
