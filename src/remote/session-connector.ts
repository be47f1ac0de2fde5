import type { ConnectNode, ConnectOptions, Transport } from "../engine/remote-node.ts";
import type { Host, TransportChoice } from "../inventory/inventory.ts";
import { OpenBundles } from "../runtime/open-bundles.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { NOTHING_INSTALLED } from "./application-installer.ts";
import { bootHost, type BootHostOptions } from "./boot-host.ts";
import { disposeAll } from "./dispose-all.ts";
import { erlOfHost } from "./erl-of-host.ts";
import { TrafficMeter } from "../bytes/traffic-meter.ts";
import { FetchedCode } from "./fetched-code.ts";
import { MeteredConnection } from "./metered-connection.ts";
import type { LiveBeam } from "./connect-beam.ts";
import { HeldSession } from "./held-session.ts";
import { joinBeam } from "./join-beam.ts";
import type { HeldBeam, HeldConnection, SessionKeeper } from "./session-keeper.ts";
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
  /** Has sessions of earlier runs, and keeps those of this one. @default nobody */
  keeper?: SessionKeeper | undefined;
  /** @default 10000 */
  tunnelTimeoutMs?: number;
  /** From the start of `erl` until it has registered. @default 30000 */
  bootTimeoutMs?: number;
  /** @default 10000 */
  handshakeTimeoutMs?: number;
  /**
   * Each question and each load, besides the time that its bytes take; each question about applications.
   *
   * @default 120000
   */
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

/**
 * Makes what brings up a BEAM on a host, or takes one that is held, and keeps it until it is disposed of. For one that
 * is held it needs no turn.
 */
export function sessionConnector({ connectSsh, keeper, ...given }: SessionOptions): ConnectNode {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...given };
  const setting = { connectSsh, keeper, timeouts, bundles: new OpenBundles() };
  const connect: ConnectNode = (host, options) => connectHost(host, options, setting);
  return Object.assign(connect, { takesTurns: true as const });
}

/** What the sessions of all hosts have in common. */
interface Setting extends Pick<SessionOptions, "connectSsh" | "keeper"> {
  readonly timeouts: SessionTimeouts;
  readonly bundles: OpenBundles;
}

async function connectHost(host: Host, given: ConnectOptions, setting: Setting): Promise<Session> {
  const { timeouts, bundles } = setting;
  const meter = new TrafficMeter();
  const options = countingLogin(given, meter);
  const { signal, onPhase, inTurn = (work) => work() } = options;
  const source = await erlOfHost(host, options, bundles);
  const connect = async (wanted: Parameters<ConnectSsh>[1]): Promise<MeteredConnection> =>
    metered(await setting.connectSsh(host, wanted), meter);
  // The link tries again by itself, and leaves its turn to others meanwhile.
  const connectAgain = (again: AbortSignal): Promise<SshConnection> =>
    inTurn(() => connect({ signal: again, retries: 0 }), again);
  const files = options.onDemand ? new FetchedCode(host.name) : undefined;
  const boot = { ...options, ...source, host, files, timeouts, meter, connectAgain };
  const transport = host.connection.transport ?? options.transport ?? "auto";
  const keeper = usableKeeper(setting.keeper, host, whyNotHeld(files, transport));
  const begin = (ssh: MeteredConnection, held: HeldConnection | undefined): Promise<Session> =>
    beginSession(ssh, held, { boot, keeper });
  const wanted = { signal, boot: JSON.stringify([source.erl, transport]) };
  const taken = await keeper?.take(host, wanted);
  if (taken !== undefined) {
    onPhase?.("connect");
    try {
      return await begin(new MeteredConnection(taken.ssh, meter), taken);
    } catch {
      // What was held may have ended at this very moment.
      signal.throwIfAborted();
    }
  }
  return inTurn(async () => {
    signal.throwIfAborted();
    onPhase?.("connect");
    const made = await keeper?.make(host, { ...wanted, onPhase });
    return begin(made === undefined ? await connect(options) : metered(made.ssh, meter), made);
  }, signal);
}

/** Adds to the phases what went to the host and came from it until then, with the round trips of the login. */
function countingLogin(given: ConnectOptions, meter: TrafficMeter): ConnectOptions {
  return {
    ...given,
    onPhase: (phase) => {
      if (phase === "authenticate") meter.add(CONNECT_ROUND_TRIPS);
      given.onPhase?.(phase, meter.counts);
    },
  };
}

/** A connection that was just made, whose login counts as well. */
function metered(made: SshConnection, meter: TrafficMeter): MeteredConnection {
  meter.add(made.login.roundTrips ?? 0);
  return new MeteredConnection(made, meter);
}

interface BeginOptions {
  readonly boot: BootHostOptions & {
    readonly files: FetchedCode | undefined;
    readonly timeouts: SessionTimeouts;
  };
  readonly keeper: SessionKeeper | undefined;
}

/** Boots a BEAM over a connection, or joins the one that is held there; if that fails, nothing stays open. */
async function beginSession(
  ssh: MeteredConnection,
  held: HeldConnection | undefined,
  { boot, keeper }: BeginOptions,
): Promise<Session> {
  const { host, timeouts, files: fetched, meter } = boot;
  const resources: (AsyncDisposable | Disposable)[] = [ssh];
  try {
    const booted =
      held?.beam === undefined
        ? await bootHost(ssh, boot, resources)
        : await joined(ssh, { ...held, beam: held.beam }, boot, resources);
    const former = held?.beam?.installed;
    const kept = held && (await keptSession(host, booted, held, { keeper, ...boot }));
    return new Session({ host, timeouts, ...booted, fetched, meter, resources, former, kept });
  } catch (error) {
    await disposeAll(resources).catch(() => {}); // the first failure is the one to report
    throw error;
  }
}

/** @param why it cannot keep a session of the host, if so: it is told then, and not used */
function usableKeeper(
  keeper: SessionKeeper | undefined,
  host: Host,
  why: string | undefined,
): SessionKeeper | undefined {
  if (why === undefined) return keeper;
  keeper?.notKept(host, why);
  return undefined;
}

/** Undefined of a session that can be held. */
function whyNotHeld(fetched: FetchedCode | undefined, transport: TransportChoice): string | undefined {
  if (fetched !== undefined) return "its code is fetched on demand";
  return transport === "stdio" ? OVER_STDIO : undefined;
}

const OVER_STDIO = "its transport is stdio";

async function joined(
  ssh: SshConnection,
  held: HeldConnection & { readonly beam: HeldBeam },
  { connectAgain, ...options }: BootHostOptions,
  resources: (AsyncDisposable | Disposable)[],
): Promise<{ beam: LiveBeam; transport: Transport }> {
  return {
    beam: await joinBeam(held, { ssh, ...options, reconnect: connectAgain }, resources),
    transport: "tunnels",
  };
}

/** Undefined of a session that cannot be kept. */
async function keptSession(
  host: Host,
  { beam, transport }: { beam: LiveBeam; transport: Transport },
  connection: HeldConnection,
  {
    keeper,
    cancelled,
    signal,
  }: Pick<ConnectOptions, "cancelled" | "signal"> & Pick<SessionOptions, "keeper">,
): Promise<HeldSession | undefined> {
  if (transport === "stdio") {
    keeper?.notKept(host, OVER_STDIO);
    return undefined;
  }
  const installed = connection.beam?.installed ?? NOTHING_INSTALLED;
  return HeldSession.begin({ beam, connection, cancelled }, installed, signal);
}
