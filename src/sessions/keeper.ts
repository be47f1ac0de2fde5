import { createHash } from "node:crypto";
import { FusionPlayError } from "../errors.ts";
import type { ConnectionSettings, Host } from "../inventory/inventory.ts";
import type {
  HeldBeam,
  HeldConnection,
  HoldOptions,
  MakeOptions,
  SessionKeeper,
  TakenConnection,
} from "../remote/session-keeper.ts";
import { errorOf } from "../ssh/carried-failure.ts";
import { CarriedConnection } from "../ssh/carried-connection.ts";
import { Carrier } from "../ssh/carrier.ts";
import type { CarrierLane } from "../ssh/carrier-lane.ts";
import type { SshTarget } from "../ssh/ssh-target.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { within } from "../waits/within.ts";
import {
  PROTOCOL,
  type AgentAnswer,
  type LaneAnswer,
  type LaneRequest,
  type MakeWish,
} from "./agent-message.ts";
import { reachAgent, startAgent } from "./reach-agent.ts";
import { revealedJson } from "../ssh/secret-json.ts";

/** Whom a connection is with, with nothing left to look up. */
export interface ResolvedHost {
  readonly target: SshTarget;
  readonly settings: ConnectionSettings;
}

export interface KeeperOptions {
  /** The agent's socket. */
  readonly path: string;
  /** Version of fusion-play. */
  readonly version: string;
  /** How long sessions shall be held after the run; undefined: those that are held are used. */
  readonly leaseMs: number | undefined;
  /** Whether none that is held is to be used. */
  readonly fresh: boolean;
  resolve(host: Host, signal: AbortSignal): Promise<ResolvedHost>;
  /** Told of a host whose session is not kept, although that was wanted. */
  onNotKept(host: string, why: string): void;
}

/** How long the agent may take to say what it knows. */
const ANSWER_MS = 5000;
/** How long it may take to end what the run does not leave. */
const END_MS = 15_000;
/** How often an agent is looked for that ends just when it is asked. */
const ATTEMPTS = 3;

/** The use of held sessions by one run. */
export class Keeper implements SessionKeeper {
  readonly #options: KeeperOptions;
  readonly #carrier: Carrier;
  #isOver = false;

  private constructor(options: KeeperOptions, carrier: Carrier) {
    this.#options = options;
    this.#carrier = carrier;
  }

  /**
   * Begins a run; gives undefined where nothing is held and nothing is to be.
   *
   * @throws {FusionPlayError} `SESSIONS_FAILED` where sessions are to be held, and cannot be
   */
  static async begin(options: KeeperOptions): Promise<Keeper | undefined> {
    const { path, version, leaseMs } = options;
    for (let attempt = 1; ; attempt++) {
      // A run that keeps nothing can do without one that hangs.
      const talk = await (leaseMs === undefined ? reachAgent(path).catch(() => undefined) : reachAgent(path));
      if (talk === undefined) {
        if (leaseMs === undefined) return undefined;
        if (attempt > ATTEMPTS) break;
        await startAgent(path, version);
        continue;
      }
      talk.send({ type: "run", version, protocol: PROTOCOL });
      const answer = (await talk.nextWithin(ANSWER_MS).catch(() => undefined)) as AgentAnswer | undefined;
      if (answer?.type === "run") return new Keeper(options, new Carrier(talk.rest()));
      talk.close();
      if (answer === undefined && leaseMs === undefined) return undefined;
      if (answer?.type === "other") {
        if (leaseMs === undefined) return undefined;
        throw new FusionPlayError(
          `Cannot keep sessions: the process that holds them is of fusion-play ${answer.version}`,
          { code: "SESSIONS_FAILED", hint: "End it with all that it holds: fusion-play sessions stop" },
        );
      }
      if (attempt > ATTEMPTS) break;
    }
    throw new FusionPlayError("Cannot keep sessions: the process that holds them does not answer", {
      code: "SESSIONS_FAILED",
      hint: "End it with all that it holds: fusion-play sessions stop",
    });
  }

  async take(
    host: Host,
    { signal, boot }: Omit<HoldOptions, "onPhase">,
  ): Promise<TakenConnection | undefined> {
    const { fresh, resolve } = this.#options;
    if (fresh) return undefined;
    const { target, settings } = await resolve(host, signal);
    const wanted = { connection: connectionDigest(host, target, settings), boot: boot && digestOf(boot) };
    const held = await this.#ask(host, { type: "take", ...wanted }, { signal });
    return held?.beam === undefined ? undefined : { ssh: held.ssh, beam: held.beam };
  }

  async make(host: Host, { signal, boot, onPhase }: MakeOptions): Promise<HeldConnection | undefined> {
    if (this.#options.leaseMs === undefined) return undefined;
    const { target, settings } = await this.#options.resolve(host, signal);
    const { become, becomeMethod, becomeUser, becomePassword, sshBackend: backend = "ssh2" } = settings;
    const user = { become, becomeMethod, becomeUser, becomePassword };
    const wish: MakeWish = {
      connection: connectionDigest(host, target, settings),
      boot: digestOf(boot),
      backend,
      target,
      host: { name: host.name, connection: user } as Host,
    };
    return this.#ask(host, { type: "make", wish: revealedJson(wish) }, { signal, onPhase });
  }

  notKept({ name }: Host, why: string): void {
    if (this.#options.leaseMs !== undefined) this.#options.onNotKept(name, why);
  }

  /** Ends the run, once: in order, so that what it used may be used again; otherwise all of it is ended. */
  async end(how: "ended" | "stopped"): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (how === "ended") {
      const lane = this.#carrier.open();
      await within(END_MS, [], (signal) =>
        unlessAborted(
          new Promise<void>((resolve) => {
            lane.listen({ onMessage: () => resolve(), onEnd: () => resolve() });
            say(lane, { type: "end", leaseMs: this.#options.leaseMs ?? null });
          }),
          signal,
        ),
      ).catch(() => {}); // it ends them when it gets to it
    }
    this.#carrier.close();
  }

  /** Asks for a connection on a lane of its own, which then carries it. */
  async #ask(
    host: Host,
    request: LaneRequest,
    { signal, onPhase }: Pick<HoldOptions, "signal"> & Partial<Pick<MakeOptions, "onPhase">>,
  ): Promise<HeldConnection | undefined> {
    const lane = this.#carrier.open();
    try {
      const answered = new Promise<Answered>((resolve, reject) => {
        const onMessage = (_: number, message: unknown): void => {
          const answer = message as LaneAnswer;
          // What is thrown here would reach the carrier, and end the run for all hosts.
          if (answer.type === "failed") reject(errorOf(answer.failure));
          else if (answer.type !== "phase") resolve(this.#answered(lane, answer, signal));
          else if (answer.phase !== "connect") onPhase?.(answer.phase);
        };
        lane.listen({ onMessage, onEnd: (error) => reject(gone(error)) });
      });
      answered.catch(() => {}); // nobody may be waiting any longer
      say(lane, request);
      // To make a connection has deadlines of its own.
      const { held, why } =
        request.type === "take"
          ? await within(ANSWER_MS, [signal], (limited) => unlessAborted(answered, limited))
          : await unlessAborted(answered, signal);
      if (why !== undefined) this.notKept(host, why);
      if (held === undefined) lane.close();
      return held && { ssh: await held.ssh, beam: held.beam };
    } catch (error) {
      lane.close();
      signal.throwIfAborted();
      const isSilent = error instanceof DOMException && error.name === "TimeoutError";
      if (!isSilent && !(error instanceof FusionPlayError && error.code === "SESSIONS_FAILED")) throw error;
      // The host can be connected to without it.
      this.notKept(host, "the process that holds sessions has ended, or does not answer");
      return undefined;
    }
  }

  /** What an answer says. A connection is listened to at once: what follows may be in the same piece. */
  #answered(
    lane: CarrierLane,
    answer: Exclude<LaneAnswer, { type: "phase" | "failed" }>,
    signal: AbortSignal,
  ): Answered {
    switch (answer.type) {
      case "taken": {
        const beam = answer.beam ?? undefined;
        const firstId = beam === undefined ? {} : { firstId: beam.nextId };
        return { held: { ssh: CarriedConnection.open(lane, { signal, ...firstId }), beam } };
      }
      case "refused":
        return { why: answer.why };
      case "none":
      case "ended":
        return {};
    }
  }
}

interface Answered {
  readonly held?: { readonly ssh: Promise<CarriedConnection>; readonly beam: HeldBeam | undefined };
  /** Why there is none. */
  readonly why?: string;
}

function say(lane: CarrierLane, request: LaneRequest): void {
  lane.send(0, request);
}

function gone(cause: Error | undefined): FusionPlayError {
  return new FusionPlayError("Cannot get a session: the process that holds them has ended", {
    code: "SESSIONS_FAILED",
    cause,
  });
}

/** Says whom a connection is with. */
function connectionDigest(host: Host, target: SshTarget, settings: ConnectionSettings): string {
  return digestOf([host.name, withoutRetries(target), withoutRetries(settings)]);
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(revealedJson(value)).digest("hex");
}

/** How often to try makes no other connection. */
function withoutRetries<T extends object>(value: T): Omit<T, "retries" | "connectRetries"> {
  const {
    retries: _retries,
    connectRetries: _connectRetries,
    ...rest
  } = value as T & {
    retries?: unknown;
    connectRetries?: unknown;
  };
  return rest as Omit<T, "retries" | "connectRetries">;
}
