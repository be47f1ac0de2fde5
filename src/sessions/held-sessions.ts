import type { ByteStream } from "../bytes/byte-stream.ts";
import { failureOf } from "../ssh/carried-failure.ts";
import { SshConnector } from "../ssh/connector.ts";
import { Carrier } from "../ssh/carrier.ts";
import type { CarrierLane } from "../ssh/carrier-lane.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { ssh2Backend } from "../ssh/ssh2-backend.ts";
import type { LoginPhase } from "../ssh/ssh2-failure.ts";
import {
  MAX_LEASE_MS,
  MAX_SESSIONS,
  PROTOCOL,
  type AgentAnswer,
  type AgentRequest,
  type LaneAnswer,
  type LaneRequest,
  type MakeWish,
  type RunEnd,
  type TakeRequest,
} from "./agent-message.ts";
import { Lease, SYSTEM_CLOCKS } from "./lease.ts";
import { readRevealed } from "../ssh/secret-json.ts";
import { Session } from "./session.ts";
import { Talk } from "./talk.ts";

/** Connects to hosts for one run, which share their bastions. */
type Connect = (
  backend: MakeWish["backend"],
  ...wanted: Parameters<SshConnector<SshConnection>["connect"]>
) => Promise<SshConnection>;

/** A run as long as it goes on. */
interface RunOfAgent {
  readonly connect: Connect;
}

export interface HeldSessionsOptions {
  /** Version of fusion-play. */
  readonly version: string;
  /** Whether those who look for the process still find it: what nobody finds is not held. */
  readonly isFound: () => boolean;
  /** Told when nothing is held, and nobody asks for anything. */
  readonly onEmpty: () => void;
}

/** How often it is looked for leases that have ended. */
const LOOK_MS = 1000;

/** The sessions of one user, and the runs that use them. */
export class HeldSessions {
  readonly #options: HeldSessionsOptions;
  readonly #sessions = new Set<Session>();
  /** Digests of those that are being made. */
  readonly #making = new Set<string>();
  readonly #looking: NodeJS.Timeout;
  #talks = 0;

  constructor(options: HeldSessionsOptions) {
    this.#options = options;
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Answers on a connection until it ends. */
  async serve(stream: ByteStream): Promise<void> {
    this.#talks++;
    const talk = new Talk(stream);
    let isAsked = false;
    try {
      const request = (await talk.next()) as AgentRequest;
      isAsked = true;
      await this.#answer(talk, request);
    } catch {
      // It has hung up, or is none of ours.
    } finally {
      talk.close();
      this.#talks--;
      // Who only looks whether we are there comes before the one who has started us.
      if (isAsked) this.tellEmpty();
    }
  }

  /** Ends all sessions. */
  async end(): Promise<void> {
    clearInterval(this.#looking);
    await Promise.all([...this.#sessions].map((session) => session.end()));
  }

  async #answer(talk: Talk, request: AgentRequest): Promise<void> {
    const say = (message: AgentAnswer): void => talk.send(message);
    switch (request.type) {
      case "run":
        if (request.version !== this.#options.version || request.protocol !== PROTOCOL) {
          return say({ type: "other", version: this.#options.version });
        }
        return this.#serveRun(talk);
      case "list":
        return say({ type: "sessions", sessions: [...this.#sessions].map(({ info }) => info) });
      case "stop": {
        const { hosts } = request;
        const wanted = [...this.#sessions].filter(({ host }) => hosts === null || hosts.includes(host));
        await Promise.all(wanted.map((session) => session.end()));
        return say({ type: "stopped", hosts: wanted.map(({ host }) => host) });
      }
    }
  }

  /** Until a run has ended in order, nobody else gets what it used; if it does not, nobody will. */
  async #serveRun(talk: Talk): Promise<void> {
    talk.send({ type: "run" } satisfies AgentAnswer);
    const run: RunOfAgent = { connect: connectorOfRun() };
    let hasEnded = false;
    const carrier = new Carrier(talk.rest(), (lane) => {
      lane.listen({
        onMessage: (_, message) => {
          try {
            const request = message as LaneRequest;
            hasEnded ||= request.type === "end";
            this.#onLaneRequest(lane, run, request);
          } catch {
            lane.close(); // it is none of ours
          }
        },
        onEnd: () => {},
      });
    });
    await carrier.ended;
    if (!hasEnded) await Promise.all(this.#usedBy(run).map((session) => session.end()));
  }

  #onLaneRequest(lane: CarrierLane, run: RunOfAgent, request: LaneRequest): void {
    switch (request.type) {
      case "take":
        return this.#take(lane, run, request);
      case "make":
        return void this.#make(lane, run, readRevealed(request.wish) as MakeWish);
      case "end":
        return void this.#endRun(run, request).then(() => answer(lane, { type: "ended" }));
    }
  }

  async #endRun(run: RunOfAgent, { leaseMs }: RunEnd): Promise<void> {
    const ending = this.#usedBy(run).map(async (session) => {
      if (leaseMs !== null) session.lease = new Lease(Math.min(leaseMs, MAX_LEASE_MS), SYSTEM_CLOCKS);
      session.run = undefined;
      if (session.isOver) await session.end();
    });
    await Promise.all(ending);
  }

  #usedBy(run: RunOfAgent): Session[] {
    return [...this.#sessions].filter((session) => session.run === run);
  }

  #take(lane: CarrierLane, run: RunOfAgent, wanted: TakeRequest): void {
    const held = [...this.#sessions].find(
      (session) => session.suits(wanted) && session.isFreeFor(run) && session.isWhole,
    );
    if (held === undefined) return answer(lane, { type: "none" });
    held.run = run;
    answer(lane, { type: "taken", beam: held.beam ?? null });
    void held.serve(lane);
  }

  async #make(lane: CarrierLane, run: RunOfAgent, wish: MakeWish): Promise<void> {
    const { connection, boot } = wish;
    const making = JSON.stringify([connection, boot]);
    const former = [...this.#sessions].filter((session) => session.suits({ connection, boot }));
    const isUsed = this.#making.has(making) || former.some((session) => !session.isFreeFor(run));
    const why = isUsed
      ? "another run uses its session"
      : this.#sessions.size + this.#making.size >= MAX_SESSIONS
        ? `${MAX_SESSIONS} sessions are held already`
        : undefined;
    if (why !== undefined) return answer(lane, { type: "refused", why });
    this.#making.add(making);
    try {
      // It was not wanted, or did not work out.
      await Promise.all(former.map((session) => session.end()));
      await this.#connect(lane, run, wish);
    } catch (error) {
      answer(lane, { type: "failed", failure: failureOf(error) });
    } finally {
      this.#making.delete(making);
    }
  }

  async #connect(
    lane: CarrierLane,
    run: RunOfAgent,
    { connection: digest, boot, backend, target, host }: MakeWish,
  ): Promise<void> {
    const gone = new AbortController();
    lane.listen({
      onMessage: () => {},
      onEnd: () => gone.abort(new Error("Nobody waits for the connection any longer")),
    });
    const connection = await run.connect(backend, target, {
      signal: gone.signal,
      onPhase: (phase: LoginPhase) => answer(lane, { type: "phase", phase }),
    });
    const session = new Session({ digest, boot, host, target, connection }, run);
    this.#sessions.add(session);
    void session.ended.then(() => {
      this.#sessions.delete(session);
      this.tellEmpty();
    });
    answer(lane, { type: "taken", beam: null });
    void session.serve(lane);
  }

  #look(): void {
    const isFound = this.#options.isFound();
    for (const session of this.#sessions) {
      if (session.run === undefined && (!isFound || session.isOver)) void session.end();
    }
    if (!isFound) this.tellEmpty();
  }

  /** Tells where nothing is held, and nobody asks for anything. */
  tellEmpty(): void {
    if (this.#talks === 0 && this.#sessions.size === 0) this.#options.onEmpty();
  }
}

function answer(lane: CarrierLane, message: LaneAnswer): void {
  lane.send(0, message);
}

/** What one run was refused is not remembered for the next. */
function connectorOfRun(): Connect {
  const ssh2 = new SshConnector(ssh2Backend);
  let openssh: Promise<SshConnector<SshConnection>> | undefined;
  return async (backend, target, options) => {
    if (backend === "ssh2") return ssh2.connect(target, options);
    openssh ??= import("../ssh/openssh-connection.ts").then(
      ({ opensshBackend }) => new SshConnector(opensshBackend) as unknown as SshConnector<SshConnection>,
    );
    return (await openssh).connect(target, options);
  };
}
