import { availableParallelism } from "node:os";
import type { ConnectOptions } from "./connector.ts";
import type { MakeConnection } from "./serve-connections.ts";
import type { SshConnection } from "./ssh-connection.ts";
import type { SshTarget } from "./ssh-target.ts";
import { ThreadConnector } from "./thread-connector.ts";

export interface SpreadOptions {
  /** Makes those of this thread. */
  readonly here: MakeConnection;
  /** How many this thread has before there are others, and each of these before there is one more. @default 64 */
  readonly atOnce?: number;
  /** How many other threads there are at most. @default 3, or as many as leave this one a processor */
  readonly threads?: number;
  /** Program of the other ones. @default the one of the package */
  readonly program?: URL;
}

const AT_ONCE = 64;
/** SSH takes some two thirds of all, so this thread has no time left where three do that. */
const MAX_THREADS = 3;

/** Whoever makes connections, and how many it has or is about to have. */
interface Place {
  readonly connect: MakeConnection;
  readonly end: () => void;
  /** Whether it has begun, as one cannot where the system has no thread for it. */
  readonly hasBegun: () => boolean;
  users: number;
}

/**
 * Spreads SSH connections over threads, where one is not enough: the first are made in this one. Threads end when they
 * have no connection any more. Hosts behind bastions are in this one, which shares the connections to these, and knows
 * for as long as the run goes on who has refused a login; so are those behind a `ProxyCommand`, which ends with this
 * process, and would not with a thread. Those whose keys are noted down at the first meeting are in
 * one of the others: each would read the file again whenever another one has written to it. Where no thread can be
 * started, all are made in this one.
 */
export class SpreadConnector {
  readonly #here: Place;
  readonly #atOnce: number;
  #threads: number;
  readonly #program: URL;
  readonly #others = new Set<Place>();
  /** Which of them adds to a file of known hosts. */
  readonly #writers = new Map<string, Place>();

  constructor({ here, atOnce = AT_ONCE, threads = defaultThreads(), program = ownProgram() }: SpreadOptions) {
    this.#here = { connect: here, end: () => {}, hasBegun: () => true, users: 0 };
    this.#atOnce = atOnce;
    this.#threads = threads;
    this.#program = program;
  }

  /** @throws {SshError} what went wrong on the way or at the login, or the signal's reason */
  async connect(target: SshTarget, options: ConnectOptions): Promise<SshConnection> {
    const place = this.#placeOf(target);
    place.users++;
    try {
      const connection = await place.connect(target, options);
      void connection.closed.then(() => this.#leave(place));
      return connection;
    } catch (error) {
      this.#leave(place);
      options.signal.throwIfAborted();
      if (place.hasBegun()) throw error;
      this.#threads = 0;
      return this.connect(target, options);
    }
  }

  #placeOf(target: SshTarget): Place {
    const { route, hostKeys } = target;
    if (route.type !== "direct") return this.#here;
    const [file] = hostKeys.files;
    if (hostKeys.checking !== "accept-new" || file === undefined) return this.#freest();
    const place = this.#writers.get(file) ?? this.#freest();
    if (place !== this.#here) this.#writers.set(file, place);
    return place;
  }

  #freest(): Place {
    if (this.#others.size === 0 && this.#here.users < this.#atOnce) return this.#here;
    const [freest = this.#here] = [...this.#others].toSorted((one, other) => one.users - other.users);
    const isFull = freest === this.#here || freest.users >= this.#atOnce;
    return isFull && this.#others.size < this.#threads ? (this.#begin() ?? freest) : freest;
  }

  #begin(): Place | undefined {
    const thread = startedThread(this.#program);
    if (thread === undefined) {
      this.#threads = 0;
      return undefined;
    }
    const place: Place = {
      connect: (target, options) => thread.connect(target, options),
      end: () => thread[Symbol.dispose](),
      hasBegun: () => thread.hasBegun,
      users: 0,
    };
    this.#others.add(place);
    void thread.ended.then(() => this.#forget(place));
    return place;
  }

  #leave(place: Place): void {
    if (--place.users > 0) return;
    this.#forget(place);
    place.end();
  }

  #forget(place: Place): void {
    this.#others.delete(place);
    for (const [file, writer] of this.#writers) if (writer === place) this.#writers.delete(file);
  }
}

/** Undefined where the system gives no more threads. */
function startedThread(program: URL): ThreadConnector | undefined {
  try {
    return new ThreadConnector(program);
  } catch {
    return undefined;
  }
}

function defaultThreads(): number {
  return Math.min(MAX_THREADS, availableParallelism() - 1);
}

function ownProgram(): URL {
  return new URL("../ssh/connection-thread.js", import.meta.url);
}
