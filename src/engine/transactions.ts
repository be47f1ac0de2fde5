import { FusionPlayError } from "../errors.ts";

/** How a host's part in a step or in a play ended: a transaction cannot do without a host that failed. */
export type PartEnd = { readonly type: "out" } | { readonly type: "failed"; readonly reason: string };

/** How long and for whose sake a host waits. */
export interface WaitOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** One attempt of a host at a transaction. */
export interface TransactionAttempt {
  /**
   * Says that the host has prepared its part, and waits until all hosts have. If it is lost when that
   * was decided, this ends as if it were not: the others do not wait for what becomes of it.
   *
   * @throws {FusionPlayError} `TRANSACTION_ABORTED` where one of them could not, or did not come in time
   * @throws the signal's reason
   */
  prepared(options: WaitOptions): Promise<void>;
  /** Says that the host could not prepare its part. */
  failed(reason: string): void;
}

/** A host's part in a transaction. */
export interface TransactionPart {
  /** The hosts' n-th attempts belong together. */
  attempt(): TransactionAttempt;
  /** Says that the host is done with the step. */
  end(end: PartEnd): void;
}

/**
 * Where the hosts of a batch wait for each other: each loads its code only if all of them could prepare
 * theirs. Nobody waits for a host that takes no part or is done.
 */
export class Transactions {
  readonly #hosts: readonly string[];
  readonly #meetings: Map<unknown, Meeting> = new Map();
  readonly #ends: Map<string, PartEnd> = new Map();

  constructor(hosts: readonly string[]) {
    this.#hosts = hosts;
  }

  /** The part of a host in the transaction that hosts know by `key`. */
  join(key: unknown, host: string): TransactionPart {
    const meeting = this.#meetings.get(key) ?? new Meeting(this.#hosts, this.#ends);
    this.#meetings.set(key, meeting);
    let attempts = 0;
    return {
      attempt: () => meeting.attempt(host, attempts++),
      end: (end) => meeting.end(host, end),
    };
  }

  /** Says that a host is done with the play: nobody waits for it in any transaction. */
  leave(host: string, end: PartEnd): void {
    this.#ends.set(host, end);
    for (const meeting of this.#meetings.values()) meeting.end(host, end);
  }
}

/** What the hosts make of one transaction, attempt by attempt. */
class Meeting {
  readonly #hosts: readonly string[];
  /** Of hosts that make no further attempt. */
  readonly #ends: Map<string, PartEnd>;
  readonly #rounds: Round[] = [];

  constructor(hosts: readonly string[], ends: ReadonlyMap<string, PartEnd>) {
    this.#hosts = hosts;
    this.#ends = new Map(ends);
  }

  attempt(host: string, index: number): TransactionAttempt {
    const round = (this.#rounds[index] ??= new Round());
    return {
      prepared: (options) => this.#prepared(host, round, options),
      failed: (reason) => this.#arrive(host, round, reason),
    };
  }

  end(host: string, end: PartEnd): void {
    if (this.#ends.has(host)) return;
    this.#ends.set(host, end);
    for (const round of this.#rounds) this.#decide(round);
  }

  async #prepared(host: string, round: Round, { signal, timeoutMs }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    this.#arrive(host, round, undefined);
    const expire = (): void => this.#expire(round, timeoutMs);
    const timer = setTimeout(expire, timeoutMs);
    let onAbort: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = (): void => reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort, { once: true });
    });
    try {
      const failures = await Promise.race([round.decision, aborted]);
      if (failures.size > 0) throw abortedBy(host, failures);
    } catch (error) {
      if (!signal.aborted) throw error;
      // The others load their code if that was decided before: then it is too late to abort.
      this.#arrive(host, round, messageOf(signal.reason));
      if (!round.isCommitted) throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** @param failure why the host could not; undefined if it has prepared its part */
  #arrive(host: string, round: Round, failure: string | undefined): void {
    round.arrived.set(host, failure);
    this.#decide(round);
  }

  /** Decides when it is known of every host whether it could. */
  #decide(round: Round): void {
    // Most hosts that arrive are not the last one: then there is no need to look at all others.
    if (round.isDecided || round.arrived.size + this.#ends.size < this.#hosts.length) return;
    const failures = new Map<string, string>();
    for (const host of this.#hosts) {
      const end = this.#ends.get(host);
      if (round.arrived.has(host)) {
        const failure = round.arrived.get(host);
        if (failure !== undefined) failures.set(host, failure);
      } else if (end === undefined) return;
      else if (end.type === "failed") failures.set(host, end.reason);
    }
    round.decide(failures);
  }

  #expire(round: Round, timeoutMs: number): void {
    const failures = new Map<string, string>();
    for (const host of this.#hosts) {
      const end = this.#ends.get(host);
      const failure = round.arrived.get(host) ?? (end?.type === "failed" ? end.reason : undefined);
      const isMissing = !round.arrived.has(host) && end === undefined;
      if (isMissing) failures.set(host, `it did not get there within ${timeoutMs / 1000} s`);
      else if (failure !== undefined) failures.set(host, failure);
    }
    round.decide(failures);
  }
}

/** The hosts' n-th attempts. */
class Round {
  /** Hosts that came, with the reason of those that could not. */
  readonly arrived: Map<string, string | undefined> = new Map();
  /** The hosts that could not, with their reasons; none of them if all can finish. */
  readonly decision: Promise<ReadonlyMap<string, string>>;
  isCommitted = false;
  isDecided = false;
  #resolve: (failures: ReadonlyMap<string, string>) => void = () => {};

  constructor() {
    this.decision = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Decides, once. */
  decide(failures: ReadonlyMap<string, string>): void {
    if (this.isDecided) return;
    this.isDecided = true;
    this.isCommitted = failures.size === 0;
    this.#resolve(failures);
  }
}

const MAX_FAILURES = 5;

function abortedBy(host: string, failures: ReadonlyMap<string, string>): FusionPlayError {
  const told = [...failures].slice(0, MAX_FAILURES).map(([name, reason]) => `${name}: ${reason}`);
  if (failures.size > MAX_FAILURES) told.push(`and ${failures.size - MAX_FAILURES} more hosts`);
  return new FusionPlayError(
    `Cannot load the code on ${host}: not all hosts of the transaction could prepare it: ${told.join("; ")}`,
    {
      code: "TRANSACTION_ABORTED",
      hint: "No host has loaded it. Correct what failed, or leave those hosts out with --limit",
    },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
