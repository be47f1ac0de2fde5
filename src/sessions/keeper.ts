import { createHash } from "node:crypto";
import { FusionPlayError } from "../errors.ts";
import type { ConnectionSettings, Host } from "../inventory/inventory.ts";
import type { HeldConnection, HoldOptions, SessionKeeper } from "../remote/session-keeper.ts";
import { errorOf } from "../ssh/carried-failure.ts";
import { CarriedConnection } from "../ssh/carried-connection.ts";
import type { SshTarget } from "../ssh/ssh-target.ts";
import { PROTOCOL, type AgentAnswer, type MakeRequest, type TakeRequest } from "./agent-message.ts";
import { reachAgent, startAgent } from "./reach-agent.ts";
import { revealedJson } from "./secret-json.ts";
import type { Talk } from "./talk.ts";

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
  readonly #talk: Talk;
  readonly #run: number;
  #isOver = false;

  private constructor(options: KeeperOptions, talk: Talk, run: number) {
    this.#options = options;
    this.#talk = talk;
    this.#run = run;
  }

  /**
   * Begins a run; gives undefined where nothing is held and nothing is to be.
   *
   * @throws {FusionPlayError} `SESSIONS_FAILED` where sessions are to be held, and cannot be
   */
  static async begin(options: KeeperOptions): Promise<Keeper | undefined> {
    const { path, version, leaseMs } = options;
    for (let attempt = 1; ; attempt++) {
      const talk = await reachAgent(path);
      if (talk === undefined) {
        if (leaseMs === undefined) return undefined;
        if (attempt > ATTEMPTS) break;
        await startAgent(path, version);
        continue;
      }
      talk.send({ type: "run", version, protocol: PROTOCOL });
      const answer = (await talk.nextWithin(ANSWER_MS).catch(() => undefined)) as AgentAnswer | undefined;
      if (answer?.type === "run") return new Keeper(options, talk, answer.run);
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

  async connect(host: Host, options: HoldOptions): Promise<HeldConnection | undefined> {
    const resolved = await this.#options.resolve(host, options.signal);
    return this.#connect(host, resolved, { ...options, mayTake: options.mayTake && !this.#options.fresh });
  }

  /** Takes the session of a host that is held, whatever its BEAM was booted for. */
  async take(host: Host, signal: AbortSignal): Promise<HeldConnection | undefined> {
    const { fresh, resolve } = this.#options;
    if (fresh) return undefined;
    const options = { signal, onPhase: undefined, boot: null, mayTake: true };
    return this.#connect(host, await resolve(host, signal), options);
  }

  notKept({ name }: Host, why: string): void {
    if (this.#options.leaseMs !== undefined) this.#options.onNotKept(name, why);
  }

  /** Ends the run, once: in order, so that what it used may be used again; otherwise all of it is ended. */
  async end(how: "ended" | "stopped"): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (how === "ended") {
      this.#talk.send({ type: "end", leaseMs: this.#options.leaseMs ?? null });
      await this.#talk.nextWithin(END_MS).catch(() => undefined);
    }
    this.#talk.close();
  }

  async #connect(
    host: Host,
    { target, settings }: ResolvedHost,
    { signal, onPhase, mayTake, ...wanted }: Omit<HoldOptions, "boot"> & { readonly boot: string | null },
  ): Promise<HeldConnection | undefined> {
    const talk = await reachAgent(this.#options.path);
    if (talk === undefined) return this.#gone(host);
    const connection = digestOf([host.name, withoutRetries(target), withoutRetries(settings)]);
    const boot = wanted.boot === null ? null : digestOf(wanted.boot);
    const take: TakeRequest = { type: "take", run: this.#run, connection: mayTake ? connection : null, boot };
    talk.send(take);
    try {
      for (let isFirst = true; ; isFirst = false) {
        // To make a connection has deadlines of its own.
        const said = isFirst ? talk.nextWithin(ANSWER_MS, [signal]) : talk.next(signal);
        const answer = (await said) as AgentAnswer;
        switch (answer.type) {
          case "taken": {
            const beam = answer.beam ?? undefined;
            const firstId = beam === undefined ? {} : { firstId: beam.nextId };
            return { ssh: await CarriedConnection.open(talk.rest(), { signal, ...firstId }), beam };
          }
          case "none": {
            if (boot === null || this.#options.leaseMs === undefined) {
              talk.close();
              return undefined;
            }
            const {
              become,
              becomeMethod,
              becomeUser,
              becomePassword,
              sshBackend: backend = "ssh2",
            } = settings;
            const user = { become, becomeMethod, becomeUser, becomePassword };
            const make: MakeRequest = {
              type: "make",
              connection,
              boot,
              backend,
              target,
              host: { name: host.name, connection: user },
            };
            talk.send(make);
            break;
          }
          case "refused":
            this.notKept(host, answer.why);
            talk.close();
            return undefined;
          case "phase":
            if (answer.phase !== "connect") onPhase?.(answer.phase);
            break;
          case "failed":
            throw errorOf(answer.failure);
        }
      }
    } catch (error) {
      talk.close();
      // The host can be connected to without it.
      if (error instanceof FusionPlayError && error.code === "SESSIONS_FAILED") return this.#gone(host);
      throw error;
    }
  }

  #gone(host: Host): undefined {
    this.notKept(host, "the process that holds sessions has ended, or does not answer");
  }
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
