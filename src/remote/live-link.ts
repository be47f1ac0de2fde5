import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionEvent } from "../engine/remote-node.ts";
import type { ErrorCode } from "../error-code.ts";
import type { MessageMeter } from "../bytes/traffic-meter.ts";
import { FusionPlayError } from "../errors.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { isDoneWithin } from "../waits/done-within.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { within } from "../waits/within.ts";
import { disposeAll } from "./dispose-all.ts";
import { LinkConnection, LinkRefused } from "./link-connection.ts";
import { LINGER_S } from "./link-protocol.ts";
import { ResumableStream } from "./resumable-stream.ts";

export interface LiveLinkOptions {
  /** The connection over which the BEAM was started; whoever opened it closes it. */
  readonly ssh: SshConnection;
  /** The port of the host that takes links, once it is known. */
  readonly port: Promise<number>;
  readonly token: string;
  readonly meter: MessageMeter;
  /** Full name of our node. */
  readonly nodeName: string;
  /** Makes another connection to the host; undefined where the BEAM does not wait for one. */
  readonly reconnect: ((signal: AbortSignal) => Promise<SshConnection>) | undefined;
  /** Aborted when nobody waits for a host any longer that was lost. */
  readonly cancelled: AbortSignal | undefined;
  /** Resolves with the reason when the host has told that the BEAM ended. */
  readonly died: Promise<Error>;
  /** Kills the BEAM over another connection than the one over which it was started. */
  kill(ssh: SshConnection): Promise<void>;
}

/** How long to try: the host may have noticed later than we have that the connection was lost. */
const RECONNECT_MS = (LINGER_S + 5) * 1000;
/** One way to the port, and what is said there before the link goes on. */
const ATTEMPT_MS = 10_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;
/** A link that stood no longer than this is not made again at once: a host may end each one that is made. */
const STEADY_MS = 2000;
/** How long a lost link waits for the process or the connection to tell why it ended. */
const LAST_WORDS_MS = 300;
/** How long a BEAM may take to end that was told to. */
const END_MS = 2000;

/** What may be otherwise a moment later. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "SSH_CONNECT_FAILED",
  "SSH_CONNECTION_LOST",
  "TIMEOUT",
]);

/**
 * The link to a BEAM. When its SSH connection is lost, it makes another one and goes on where it was, as long as
 * the BEAM waits.
 */
export class LiveLink implements AsyncDisposable {
  readonly stream: ResumableStream;
  /**
   * Resolves when the link stands. Rejects with a `FusionPlayError` if the port cannot be reached or who is there does
   * not prove who it is, and when the link is disposed of before.
   */
  readonly opened: Promise<void>;
  /** Resolves with the reason when the link was given up; never rejects. */
  readonly lost: Promise<Error>;
  readonly #options: LiveLinkOptions;
  readonly #over = new AbortController();
  readonly #listeners: Set<(event: ConnectionEvent) => void> = new Set();
  #ssh: SshConnection;
  #isSshUsable = true;
  #connection: LinkConnection | undefined;
  #connectedAt = 0;
  #wasLost = false;
  #away: Error | undefined;
  #death: Error | undefined;
  #lose: (reason: Error) => void = () => {};
  #comingBack: Promise<void> = Promise.resolve();

  /** Makes the link as soon as its port is known. What is written before goes out with the greeting. */
  constructor(options: LiveLinkOptions) {
    this.#options = options;
    this.#ssh = options.ssh;
    this.#watch(options.ssh);
    void options.died.then((reason) => (this.#death = reason));
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    this.stream = new ResumableStream((reason) => {
      this.#comingBack = this.#comeBack(reason);
    });
    this.opened = this.#open();
    this.opened.catch(() => {}); // nobody may be waiting yet, or any longer
  }

  /** The connection that is used now, or was last. */
  get ssh(): SshConnection {
    return this.#ssh;
  }

  /** Whether the connection was lost at any time. */
  get wasLost(): boolean {
    return this.#wasLost;
  }

  /** Why the connection was lost, as long as another one is being made. */
  get away(): Error | undefined {
    return this.#away;
  }

  /**
   * Leaves the BEAM to whoever makes the next link. What was started on it for our node ends.
   *
   * @throws {FusionPlayError} `NODE_LOST` if it does not say in time that it has; or the signal's reason
   */
  async release(signal: AbortSignal): Promise<void> {
    this.stream.release();
    const released = this.#connection !== undefined && !this.#wasLost ? this.#connection.ended : undefined;
    if (released === undefined)
      throw new FusionPlayError("Cannot leave the BEAM: the link to it was lost", { code: "NODE_LOST" });
    await unlessAborted(released, signal);
  }

  /** Waits until a connection that was lost is back, or given up. */
  async settled(): Promise<void> {
    await sleep(LAST_WORDS_MS);
    await this.#comingBack;
  }

  /** @returns what ends it */
  listen(listener: (event: ConnectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #open(): Promise<void> {
    try {
      await this.#connect(this.#options.ssh, this.#over.signal);
    } catch (error) {
      this.stream.fail(error as Error);
      if (!(error instanceof LinkRefused)) throw error;
      throw new FusionPlayError(`Cannot connect to the BEAM: ${error.message}`, {
        code: "BOOT_FAILED",
        cause: error,
      });
    }
  }

  async #connect(ssh: SshConnection, signal: AbortSignal): Promise<void> {
    const { token, nodeName, meter } = this.#options;
    const port = await unlessAborted(this.#options.port, signal);
    const way = await ssh.forwardStream(port, { signal }).catch((error: unknown) => {
      // The server reaches its own host: who does not answer there has ended.
      const isGone = error instanceof FusionPlayError && error.code === "SSH_CONNECT_FAILED";
      throw isGone ? new LinkRefused("the BEAM has ended") : error;
    });
    const { received, unsent: first } = this.stream;
    const greeting = { token, nodeName, received, first, signal, meter };
    const connection = await LinkConnection.open(way, greeting);
    try {
      this.stream.resume(connection, first.length);
    } catch (error) {
      connection.close();
      throw error;
    }
    this.#connection = connection;
    this.#connectedAt = performance.now();
  }

  async #comeBack(lost: Error | undefined): Promise<void> {
    this.#wasLost = true;
    const { reconnect, cancelled } = this.#options;
    const over = this.#over.signal;
    if (isViolation(lost)) return this.#giveUp(lost);
    const reason = (await this.#lastWords()) ?? lost ?? new Error("the link was closed by the other side");
    if (over.aborted) return;
    if (this.#death !== undefined || reconnect === undefined) return this.#giveUp(this.#death ?? reason);
    this.#away = reason;
    this.#tell({ type: "reconnecting", reason: reason.message });
    const ends = cancelled === undefined ? [over] : [over, cancelled];
    const failure = await within(RECONNECT_MS, ends, (signal) => this.#tryAgain(reconnect, signal));
    this.#away = undefined;
    if (failure !== undefined && !over.aborted) this.#giveUp(this.#death ?? gone(reason, failure.cause));
  }

  /** Gives nothing once the link is back, otherwise why the last attempt failed, if there was one. */
  async #tryAgain(
    reconnect: (signal: AbortSignal) => Promise<SshConnection>,
    signal: AbortSignal,
  ): Promise<{ readonly cause: unknown } | undefined> {
    const started = performance.now();
    let failure: unknown;
    if (started - this.#connectedAt < STEADY_MS) await pause(LONGEST_WAIT_MS, signal);
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        const ssh = await this.#usable(reconnect, signal);
        await within(ATTEMPT_MS, [signal], (attempt) => this.#connect(ssh, attempt));
        this.#tell({ type: "reconnected", awayMs: performance.now() - started });
        return undefined;
      } catch (error) {
        if (error !== signal.reason) failure = error;
        if (signal.aborted || isFinal(error)) break;
        this.#isSshUsable = false;
      }
      await pause(wait, signal);
    }
    return { cause: failure };
  }

  /** Why the connection has ended, where that is told soon. */
  async #lastWords(): Promise<Error | undefined> {
    const closed = this.#ssh.closed.then((error) => error ?? new Error("the SSH connection was closed"));
    return Promise.race([this.#options.died, closed, sleep(LAST_WORDS_MS, undefined)]);
  }

  async #usable(
    reconnect: (signal: AbortSignal) => Promise<SshConnection>,
    signal: AbortSignal,
  ): Promise<SshConnection> {
    if (this.#isSshUsable) return this.#ssh;
    const ssh = await reconnect(signal);
    const former = this.#ssh;
    this.#ssh = ssh;
    this.#isSshUsable = true;
    this.#watch(ssh);
    if (former !== this.#options.ssh) void disposeAll([former]).catch(() => {});
    return ssh;
  }

  #watch(ssh: SshConnection): void {
    void ssh.closed.then(() => {
      if (this.#ssh === ssh) this.#isSshUsable = false;
    });
  }

  #tell(event: ConnectionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #giveUp(reason: Error): void {
    this.#lose(reason);
    this.stream.fail(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new Error("The session is closed"));
    await this.opened.catch(() => {});
    this.stream.close();
    await this.#comingBack;
    const ssh = this.#ssh;
    if (ssh !== this.#options.ssh && this.#isSshUsable && this.#connection !== undefined) {
      const hasEnded = await isDoneWithin(this.#connection.ended, END_MS);
      if (!hasEnded) await this.#options.kill(ssh);
    }
    this.#connection?.close();
    if (ssh !== this.#options.ssh) await ssh[Symbol.asyncDispose]();
  }
}

/** About so long: hosts that were lost together shall not come back together. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {});
}

function isViolation(error: unknown): error is FusionPlayError {
  return error instanceof FusionPlayError && error.code === "PROTOCOL_VIOLATION";
}

/** Whether another attempt would be of no use: the BEAM is gone, or nobody lets us in. */
function isFinal(error: unknown): boolean {
  if (error instanceof LinkRefused) return true;
  return error instanceof FusionPlayError && !PASSING.has(error.code);
}

function gone(reason: Error, failure: unknown): Error {
  const why =
    failure instanceof Error ? failure.message : `the host was not reached within ${RECONNECT_MS / 1000} s`;
  return new FusionPlayError(`${reason.message}; and cannot come back to it: ${why}`, {
    code: "NODE_LOST",
    hint: hintOf(failure) ?? hintOf(reason),
    cause: reason,
  });
}

function hintOf(error: unknown): string | undefined {
  return error instanceof FusionPlayError ? error.hint : undefined;
}
