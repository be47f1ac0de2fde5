import { randomBytes, randomInt } from "node:crypto";
import { FusionPlayError } from "../errors.ts";
import { BootServer, type BootFiles } from "../boot-server/server.ts";
import type { ByteStream } from "../bytes/byte-stream.ts";
import { DistConnection } from "../dist/connection.ts";
import { LocalNode } from "../dist/local-node.ts";
import { RemoteCalls } from "../dist/remote-calls.ts";
import type { NodeEntry } from "../epmd/message.ts";
import { EpmdServer } from "../epmd/server.ts";
import type { ConnectOptions, Runtime } from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { BeamProcess, KILL_MS } from "./beam-process.ts";
import { becomeOf } from "./become-command.ts";
import { BECOME_MS, type HostCommands } from "./become-commands.ts";
import type { ErlSource } from "./find-erl-script.ts";
import { withDeadline } from "./deadline.ts";
import { Tunnels, type TunnelTargets } from "./tunnels.ts";

export interface BringUpOptions extends Omit<ConnectOptions, "onDemand"> {
  readonly host: Host;
  readonly erl: ErlSource;
  /** What the BEAM may fetch from us; one that fetches nothing boots faster. */
  readonly files: BootFiles | undefined;
  readonly ssh: SshConnection;
  /** Start what runs on the host; the tunnels are those of the connection. */
  readonly commands: HostCommands;
  readonly timeouts: BringUpTimeouts;
}

/** Limits of the phases, in milliseconds. */
export interface BringUpTimeouts {
  readonly tunnelTimeoutMs: number;
  readonly bootTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
}

/** A BEAM that is connected to us. */
export interface LiveBeam {
  readonly runtime: Runtime;
  readonly calls: RemoteCalls;
  /** Resolves with the reason when the BEAM was lost; never rejects. */
  readonly lost: Promise<FusionPlayError>;
}

const LOOPBACK = "127.0.0.1";
const DISTRIBUTION_VERSION = { highestVersion: 6, lowestVersion: 5 } as const;
const BECOME_KILL_MS = 5000;
/** How long a lost link waits for the process to tell why it ended. */
const LAST_WORDS_MS = 300;

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
  const { host, ssh, files, timeouts, signal, onPhase } = options;
  const deadline = { host: host.name, signal };
  const isOther = becomeOf(host) !== undefined;
  const local = new LocalNode(`fusion_play_${randomName()}@${LOOPBACK}`);
  const nodeName = `fusion_${randomName()}`;
  const registered = registration();
  let epmd: EpmdServer | undefined;
  const token = randomBytes(24).toString("hex");
  const bootServer = files && new BootServer({ token, files });
  // Closed after the BEAM, which the relay kills when the server is gone first.
  if (bootServer !== undefined) resources.push(bootServer);

  onPhase?.("tunnel");
  const [tunnels, beam] = await withDeadline(
    // To become another user has a deadline of its own.
    { ...deadline, phase: "tunnel", ms: timeouts.tunnelTimeoutMs + (isOther ? BECOME_MS : 0) },
    (phaseSignal) => {
      const accept = {
        acceptEpmd: (stream: ByteStream) => epmd?.accept(stream),
        acceptBoot: bootServer && ((stream: ByteStream) => bootServer.accept(stream)),
      };
      return openWays(options, accept, phaseSignal, resources);
    },
  );
  epmd = new EpmdServer({
    own: { name: local.shortName, port: tunnels.nodePort, nodeType: "hidden", ...DISTRIBUTION_VERSION },
    expectedName: nodeName,
    creation: randomInt(4, 2 ** 32),
    port: tunnels.epmdPort,
    onAlive: registered.tell,
  });
  resources.push(epmd);

  onPhase?.("boot");
  const cookie = randomBytes(24).toString("hex");
  const peerName = `${nodeName}@${LOOPBACK}`;
  const { epmdPort, bootPort } = tunnels;
  beam.boot({
    epmdPort,
    nodeName: peerName,
    controllerName: local.name,
    cookie,
    bootServer: bootPort === undefined ? undefined : { port: bootPort, token },
  });
  const [entry, ready] = await withDeadline(
    { ...deadline, phase: "boot", ms: timeouts.bootTimeoutMs },
    (phaseSignal) => {
      // A BEAM that ends will never register.
      const registeredOrEnded = Promise.race([registered.entry, beam.ended.then(throwIt)]);
      return Promise.all([unlessAborted(registeredOrEnded, phaseSignal), beam.ready(phaseSignal)]);
    },
  );

  onPhase?.("handshake");
  const link = await withDeadline(
    { ...deadline, phase: "handshake", ms: timeouts.handshakeTimeoutMs },
    async (phaseSignal) => {
      const stream = await tunnels.toNode(entry.port, { signal: phaseSignal });
      const own = { name: local.name, creation: local.creation, cookie };
      return DistConnection.initiate(stream, { own, expectedName: peerName, signal: phaseSignal });
    },
  );
  resources.push(link);
  return {
    runtime: { otp: ready.otp, elixir: ready.elixir, architecture: ready.architecture, bits: ready.bits },
    calls: new RemoteCalls(link, local, (text) => options.onOutput?.(text)),
    lost: reasonOfLoss(host.name, { ssh, beam, link, bootServer }),
  };
}

/** Requests the reverse tunnels and the boot command in one go: none waits for another's answer. */
async function openWays(
  { host, erl, ssh, commands, files, onOutput }: BringUpOptions,
  accept: Pick<TunnelTargets, "acceptEpmd" | "acceptBoot">,
  signal: AbortSignal,
  resources: (AsyncDisposable | Disposable)[],
): Promise<[Tunnels, BeamProcess]> {
  const targets = {
    ...accept,
    // We connect to the BEAM, once; a second link from its side is not wanted.
    acceptNode: (stream: ByteStream) => stream.close(),
  };
  const [tunnels, beam] = await Promise.allSettled([
    Tunnels.open(ssh, targets, { signal }),
    BeamProcess.start(commands, {
      host: host.name,
      erl,
      onDemand: files !== undefined,
      killMs: becomeOf(host) === undefined ? KILL_MS : BECOME_KILL_MS,
      signal,
      onOutput: (text) => onOutput?.(text),
    }),
  ]);
  if (tunnels.status === "fulfilled") resources.push(tunnels.value);
  if (beam.status === "fulfilled") resources.push(beam.value);
  if (tunnels.status === "rejected") throw tunnels.reason;
  if (beam.status === "rejected") throw beam.reason;
  return [tunnels.value, beam.value];
}

/** The registration of the BEAM with our EPMD, as a promise. */
function registration(): { entry: Promise<NodeEntry>; tell: (node: NodeEntry) => void } {
  let tell: (node: NodeEntry) => void = () => {};
  const entry = new Promise<NodeEntry>((resolve) => {
    tell = resolve;
  });
  return { entry, tell: (node) => tell(node) };
}

async function reasonOfLoss(
  host: string,
  { ssh, beam, link, bootServer }: Connections,
): Promise<FusionPlayError> {
  const betterThan = async (reason: Error | undefined): Promise<Error | undefined> => {
    // We ended the link, and the BEAM ends with it: why we did is all there is to say.
    if (reason instanceof FusionPlayError && reason.code === "PROTOCOL_VIOLATION") return reason;
    let timer: NodeJS.Timeout | undefined;
    const nothingMore = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), LAST_WORDS_MS);
    });
    const better = await Promise.race([beam.ended, ssh.closed, nothingMore]);
    clearTimeout(timer);
    return better ?? reason;
  };
  const ends: Promise<Error | undefined>[] = [beam.ended, ssh.closed, link.closed.then(betterThan)];
  // Whatever the BEAM loads next, it would wait for ever.
  if (bootServer !== undefined) ends.push(bootServer.clientLeft.then(() => betterThan(relayEnded())));
  const reason = await Promise.race(ends);
  return new FusionPlayError(`Cannot go on with ${host}: ${reason?.message ?? "the session was closed"}`, {
    code: "NODE_LOST",
    hint: reason instanceof FusionPlayError ? reason.hint : undefined,
    cause: reason,
  });
}

interface Connections {
  readonly ssh: SshConnection;
  readonly beam: BeamProcess;
  readonly link: DistConnection;
  readonly bootServer: BootServer | undefined;
}

function relayEnded(): FusionPlayError {
  return new FusionPlayError("Cannot load code any longer: the relay of its loader ended", {
    code: "NODE_LOST",
  });
}

function throwIt(error: FusionPlayError): never {
  throw error;
}

function randomName(): string {
  return randomBytes(6).toString("hex");
}
