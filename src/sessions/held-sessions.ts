import type { ByteStream } from "../bytes/byte-stream.ts";
import type { Host } from "../inventory/inventory.ts";
import { failureOf } from "../ssh/carried-failure.ts";
import { SshConnector } from "../ssh/connector.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import type { SshTarget } from "../ssh/ssh-target.ts";
import { ssh2Backend } from "../ssh/ssh2-backend.ts";
import {
  MAX_LEASE_MS,
  MAX_SESSIONS,
  PROTOCOL,
  type AgentAnswer,
  type AgentRequest,
  type MakeRequest,
  type RunEnd,
  type TakeRequest,
} from "./agent-message.ts";
import { Session } from "./session.ts";
import { Talk } from "./talk.ts";

/** Connects to hosts for one run, which share their bastions. */
type Connect = (
  backend: MakeRequest["backend"],
  ...wanted: Parameters<SshConnector<SshConnection>["connect"]>
) => Promise<SshConnection>;

/** How often it is looked for leases that have ended: by the clock of the wall, which goes on while a machine sleeps. */
const LOOK_MS = 1000;

/** The sessions of one user, and the runs that use them. */
export class HeldSessions {
  readonly #version: string;
  readonly #sessions = new Set<Session>();
  readonly #runs = new Map<number, Connect>();
  readonly #onEmpty: () => void;
  readonly #looking: NodeJS.Timeout;
  #nextRun = 1;
  #talks = 0;

  /** @param onEmpty told when nothing is held, and nobody asks for anything */
  constructor(version: string, onEmpty: () => void) {
    this.#version = version;
    this.#onEmpty = onEmpty;
    this.#looking = setInterval(() => this.#endLeases(), LOOK_MS);
  }

  /** Answers on a connection until it ends. */
  async serve(stream: ByteStream): Promise<void> {
    this.#talks++;
    const talk = new Talk(stream);
    try {
      await this.#answer(talk, (await talk.next()) as AgentRequest);
    } catch {
      // It has hung up, or is none of ours.
    } finally {
      talk.close();
      this.#talks--;
      this.#tellEmpty();
    }
  }

  /** Ends all sessions. */
  async end(): Promise<void> {
    clearInterval(this.#looking);
    await Promise.all([...this.#sessions].map((session) => session.end()));
  }

  async #answer(talk: Talk, request: AgentRequest): Promise<void> {
    const answer = (message: AgentAnswer): void => talk.send(message);
    switch (request.type) {
      case "run":
        if (request.version !== this.#version || request.protocol !== PROTOCOL) {
          return answer({ type: "other", version: this.#version });
        }
        return this.#serveRun(talk);
      case "take":
        return this.#take(talk, request);
      case "list":
        return answer({ type: "sessions", sessions: [...this.#sessions].map(({ info }) => info) });
      case "stop": {
        const { hosts } = request;
        const wanted = [...this.#sessions].filter(({ host }) => hosts === null || hosts.includes(host));
        await Promise.all(wanted.map((session) => session.end()));
        return answer({ type: "stopped", hosts: wanted.map(({ host }) => host) });
      }
    }
  }

  /** Until a run has ended in order, nobody else gets what it used; if it does not, nobody will. */
  async #serveRun(talk: Talk): Promise<void> {
    const run = this.#nextRun++;
    this.#runs.set(run, connectorOfRun());
    talk.send({ type: "run", run });
    let end: RunEnd | undefined;
    try {
      end = (await talk.next()) as RunEnd;
    } catch {
      // It was killed, or stopped.
    }
    this.#runs.delete(run);
    const used = [...this.#sessions].filter((session) => session.run === run);
    const leaseMs = end?.leaseMs ?? undefined;
    const ending = used.map(async (session) => {
      if (leaseMs !== undefined) session.until = Date.now() + Math.min(leaseMs, MAX_LEASE_MS);
      session.run = undefined;
      if (end === undefined || (session.until ?? 0) <= Date.now()) await session.end();
    });
    await Promise.all(ending);
    if (end !== undefined) talk.send({ type: "ended" });
  }

  async #take(talk: Talk, request: TakeRequest): Promise<void> {
    const { run } = request;
    const connect = this.#runs.get(run);
    if (connect === undefined) return;
    const held = [...this.#sessions].find(
      (session) => session.suits(request) && session.isFreeFor(run) && session.isWhole,
    );
    if (held !== undefined) {
      held.run = run;
      talk.send({ type: "taken", beam: held.beam ?? null });
      return held.serve(talk.rest());
    }
    talk.send({ type: "none" });
    const wanted = (await talk.next()) as MakeRequest;
    const session = await this.#make(talk, { ...wanted, run }, connect);
    if (session === undefined) return;
    talk.send({ type: "taken", beam: null });
    await session.serve(talk.rest());
  }

  async #make(
    talk: Talk,
    { run, connection: digest, boot, backend, ...wanted }: MakeRequest & Pick<TakeRequest, "run">,
    connect: Connect,
  ): Promise<Session | undefined> {
    const former = [...this.#sessions].filter((session) => session.suits({ connection: digest, boot }));
    const why = former.some((session) => !session.isFreeFor(run))
      ? "another run uses its session"
      : this.#sessions.size >= MAX_SESSIONS
        ? `${MAX_SESSIONS} sessions are held already`
        : undefined;
    if (why !== undefined) {
      talk.send({ type: "refused", why });
      return undefined;
    }
    // It was not wanted, or did not work out.
    await Promise.all(former.map((session) => session.end()));
    const target = wanted.target as SshTarget;
    const gone = new AbortController();
    void talk.ended.then(() => gone.abort(new Error("Nobody waits for the connection any longer")));
    const options = { signal: gone.signal, onPhase: (phase: string) => talk.send({ type: "phase", phase }) };
    try {
      const connection = await connect(backend, target, options);
      const session = new Session({ digest, boot, host: wanted.host as Host, target, connection }, run);
      this.#sessions.add(session);
      void session.ended.then(() => {
        this.#sessions.delete(session);
        this.#tellEmpty();
      });
      return session;
    } catch (error) {
      talk.send({ type: "failed", failure: failureOf(error) });
      return undefined;
    }
  }

  #endLeases(): void {
    for (const session of this.#sessions) {
      const isOver = session.until !== undefined && session.until <= Date.now();
      if (isOver && session.run === undefined) void session.end();
    }
  }

  #tellEmpty(): void {
    if (this.#talks === 0 && this.#sessions.size === 0) this.#onEmpty();
  }
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
