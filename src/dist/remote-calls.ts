import type { TrafficMeter } from "../bytes/traffic-meter.ts";
import { FusionPlayError } from "../errors.ts";
import { atom, Atom, isAtom, isTuple, Pid, Reference, type Term } from "../etf/term.ts";
import { AbortListeners } from "./abort-listeners.ts";
import type { ControlMessage } from "./control-message.ts";
import type { DistConnection } from "./connection.ts";
import { Deadlines } from "./deadlines.ts";
import { ErpcError } from "./erpc-error.ts";
import { GroupLeaders } from "./group-leaders.ts";
import { FIRST_WORD_LIMIT, type LocalNode } from "./local-node.ts";

export interface ErpcOptions {
  /** Aborted: the process on the other node is killed, and the call rejects with the reason. */
  signal: AbortSignal;
  /** How long the call may take: then it ends as if the signal was aborted. @default for ever */
  limit?: { readonly ms: number; readonly error: () => Error } | undefined;
  /** Gets what the call prints, and what the processes print that it starts. */
  onOutput: (text: string) => void;
  /**
   * What the process of the call may use at most, as `max_heap_size` of `erlang:spawn_opt/4` has it; it is killed
   * beyond that.
   */
  maxHeap?: Term | undefined;
}

export interface RemoteCallsOptions {
  /** Gets what is printed to no call of ours that is known. */
  onStrayOutput(text: string): void;
  /** Where the stream of the connection is, if its requests may wait before they leave. */
  readonly sent?: { readonly written: number; hasLeft(written: number): boolean } | undefined;
  /** Counts how often calls are waited for. */
  readonly meter?: TrafficMeter | undefined;
  /**
   * The function of the other node that kills the process of a call, which it is given, and what an exit signal does
   * not reach. @default none: an exit signal has to do
   */
  readonly killer?: { readonly module: string; readonly function: string } | undefined;
}

/** The node was lost while a call was under way. */
export class CallLost extends FusionPlayError {
  override readonly name = "CallLost";
  /** Whether the request may have reached the node, so that the call may have been made. */
  readonly mayHaveRun: boolean;

  constructor({ message, hint, cause }: FusionPlayError, mayHaveRun: boolean) {
    super(message, { code: "NODE_LOST", hint, cause });
    this.mayHaveRun = mayHaveRun;
  }
}

interface SpawnedCall {
  readonly module: string;
  readonly function: string;
  readonly args: readonly Term[];
  readonly groupLeader: Pid;
  readonly maxHeap?: Term | undefined;
}

/** Who waits for a call. */
interface Caller {
  readonly resolve: (result: Term) => void;
  readonly reject: (error: unknown) => void;
  readonly limit: ErpcOptions["limit"];
  /** Undefined of what we ask for ourselves. */
  readonly own: { readonly signal: AbortSignal; readonly groupLeader: Pid } | undefined;
}

/** A call without a result yet. */
interface PendingCall {
  readonly caller: Caller;
  /** Where the stream was when its request had been written. */
  written: number;
  /** The process that runs the call, once the other node has told it. */
  process: Pid | undefined;
  /** Nobody waits any longer: the process is killed as soon as it is known. */
  isCancelled: boolean;
}

const KILL = atom("kill");
const NO_PROCESS = atom("noproc");
const NOT_SUPPORTED = atom("notsup");

/**
 * Calls functions on a connected node as `erpc` does: a `SPAWN_REQUEST` of `erpc:execute_call/4`
 * with a monitor, whose exit reason is the result. Of what the other node sends it answers replies
 * to these calls and the I/O protocol of their group leaders; everything else is refused or dropped.
 */
export class RemoteCalls {
  readonly #connection: DistConnection;
  readonly #local: LocalNode;
  readonly #groupLeaders: GroupLeaders;
  /** By the number of the request's reference. */
  readonly #pending: Map<number, PendingCall> = new Map();
  readonly #aborts = new AbortListeners<number>((key, reason) => this.#cancel(key, reason));
  readonly #deadlines = new Deadlines((key) => this.#onLate(key));
  readonly #self: Pid;
  readonly #sent: RemoteCallsOptions["sent"];
  readonly #meter: RemoteCallsOptions["meter"];
  readonly #killer: RemoteCallsOptions["killer"];
  #ended: FusionPlayError | undefined;

  constructor(
    connection: DistConnection,
    local: LocalNode,
    { onStrayOutput, sent, meter, killer }: RemoteCallsOptions,
  ) {
    this.#connection = connection;
    this.#sent = sent;
    this.#meter = meter;
    this.#killer = killer;
    this.#local = local;
    this.#self = local.newPid();
    this.#groupLeaders = new GroupLeaders({
      onStrayOutput,
      send: (to, message) => connection.answer({ type: "SEND", to, message }),
      format: (module, functionName, args) => this.#format(module, functionName, args),
    });
    void connection.closed.then((error) => this.#end(error));
    connection.listen((message, bytes) => this.#onMessage(message, bytes));
  }

  /**
   * Calls a function and waits for its result.
   *
   * @throws {ErpcError} if the function ended with an exception
   * @throws {CallLost} the node was lost meanwhile
   * @throws {FusionPlayError} `NODE_LOST`, `REMOTE_EXCEPTION` if the process was killed, `TERM_INVALID`
   *   for arguments that Erlang does not have, or the signal's reason
   */
  call(module: string, functionName: string, args: readonly Term[], options: ErpcOptions): Promise<Term> {
    // No async function: what is to be done at the end of a call is done as soon as its result is there.
    return new Promise((resolve, reject) => {
      const { signal, limit, onOutput, maxHeap } = options;
      signal.throwIfAborted();
      if (this.#ended !== undefined) throw this.#ended;
      const groupLeader = this.#local.newPid();
      const call = { module, function: functionName, args, groupLeader, maxHeap };
      const caller = { resolve, reject, limit, own: { signal, groupLeader } };
      const key = this.#start(call, caller, (request) => this.#connection.send(request));
      this.#groupLeaders.open(groupLeader, onOutput);
      this.#aborts.add(signal, key);
      this.#meter?.begin();
    });
  }

  /** Number of calls without a result yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * Sends the request of a call, and gives its key. It is remembered without its arguments, which may be large.
   *
   * @throws {FusionPlayError} `TERM_INVALID`
   */
  #start(
    call: SpawnedCall,
    caller: Caller,
    send: (request: Extract<ControlMessage, { type: "SPAWN_REQUEST" }>) => void,
  ): number {
    const reference = this.#local.newReference();
    const key = keyOf(reference);
    const pending: PendingCall = { caller, written: 0, process: undefined, isCancelled: false };
    this.#pending.set(key, pending);
    try {
      send({
        type: "SPAWN_REQUEST",
        request: {
          reference,
          from: this.#self,
          groupLeader: call.groupLeader,
          module: "erpc",
          function: "execute_call",
          args: [reference, atom(call.module), atom(call.function), call.args],
          monitor: true,
          maxHeap: call.maxHeap,
        },
      });
      pending.written = this.#sent?.written ?? 0;
    } catch (error) {
      this.#pending.delete(key);
      if (!(error instanceof RangeError)) throw error;
      throw new FusionPlayError(error.message, {
        code: "TERM_INVALID",
        hint: "Check the arguments of the call",
        cause: error,
      });
    }
    if (caller.limit !== undefined) this.#deadlines.add(key, caller.limit.ms);
    return key;
  }

  /** Gives up on a call. Its process is killed as soon as it is known. */
  #cancel(key: number, reason: unknown): void {
    const call = this.#pending.get(key);
    if (call === undefined || call.isCancelled) return;
    if (call.process === undefined) {
      call.isCancelled = true;
    } else {
      this.#pending.delete(key);
      this.#kill(call.process);
    }
    this.#leave(key, call);
    call.caller.reject(reason);
  }

  #onLate(key: number): void {
    const limit = this.#pending.get(key)?.caller.limit;
    if (limit !== undefined) this.#cancel(key, limit.error());
  }

  /** Nobody waits for the call any longer; its group leader goes on for processes that it left behind. */
  #leave(key: number, { caller: { limit, own } }: PendingCall): void {
    if (limit !== undefined) this.#deadlines.remove(key);
    if (own === undefined) return;
    this.#meter?.end();
    this.#aborts.remove(own.signal, key);
    this.#groupLeaders.retire(own.groupLeader);
  }

  #kill(process: Pid): void {
    const signal = (): void =>
      this.#connection.send({ type: "EXIT2", from: this.#self, to: process, reason: KILL });
    if (this.#killer === undefined) return signal();
    // The node may have no room for a process more.
    const caller = { resolve: () => {}, reject: signal, limit: undefined, own: undefined };
    const call = { ...this.#killer, args: [process], groupLeader: this.#self };
    this.#start(call, caller, (request) => this.#connection.send(request));
  }

  #onMessage(message: ControlMessage, bytes: number): void {
    switch (message.type) {
      case "SPAWN_REPLY":
        if (this.#isOurs(message.reference)) {
          this.#onSpawnReply(keyOf(message.reference), message.result);
        }
        return;
      case "MONITOR_P_EXIT":
        if (this.#isOurs(message.reference)) this.#onExit(keyOf(message.reference), message.reason);
        return;
      case "SEND":
        if (this.#isOurs(message.to)) this.#groupLeaders.onMessage(message.to, message.message, bytes);
        return;
      case "MONITOR_P":
        return this.#onMonitor(message);
      case "SPAWN_REQUEST":
        // Refused rather than dropped, so that the caller over there does not wait.
        return this.#connection.answer({
          type: "SPAWN_REPLY",
          reference: message.request.reference,
          to: message.request.from,
          result: NOT_SUPPORTED,
        });
      case "REG_SEND":
      case "EXIT2":
      case "DEMONITOR_P":
      case "other":
        return;
    }
  }

  /** A number may be right by chance, or guessed; those of another node, or of a former one, are not ours. */
  #isOurs({ node, creation }: Pid | Reference): boolean {
    return node === this.#local.name && creation === this.#local.creation;
  }

  #onSpawnReply(key: number, result: Pid | Atom): void {
    const call = this.#pending.get(key);
    if (call === undefined) return;
    if (result instanceof Atom) {
      this.#take(key)?.reject(
        new FusionPlayError(`Cannot start the call: the node answered "${result.name}"`, {
          code: "REMOTE_EXCEPTION",
        }),
      );
    } else if (call.isCancelled) {
      this.#pending.delete(key);
      this.#kill(result);
    } else {
      call.process = result;
    }
  }

  #onExit(key: number, reason: Term): void {
    const caller = this.#take(key);
    if (caller === undefined) return;
    const outcome = outcomeOf(reason);
    if (outcome instanceof Error) caller.reject(outcome);
    else caller.resolve(outcome.result);
  }

  /** Takes a call off the list that has ended; gives who still waits for it. */
  #take(key: number): Caller | undefined {
    const call = this.#pending.get(key);
    this.#pending.delete(key);
    if (call === undefined || call.isCancelled) return undefined;
    this.#leave(key, call);
    return call.caller;
  }

  /** The I/O protocol monitors its group leader; any other process of ours does not exist. */
  #onMonitor({ from, to, reference }: { from: Pid; to: Pid | Atom; reference: Reference }): void {
    if (to instanceof Pid && this.#isOurs(to) && this.#groupLeaders.has(to)) return;
    this.#connection.answer({ type: "MONITOR_P_EXIT", from: to, to: from, reference, reason: NO_PROCESS });
  }

  /**
   * Text that only the host can make, such as that of `io:format`. Nothing but the end of the connection ends the
   * wait, as other things may be long on their way before it: group leaders see to it that few wait. No async
   * function: that would keep `args`.
   */
  #format(module: string, functionName: string, args: readonly Term[]): Promise<Term> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) throw this.#ended;
      const call = { module, function: functionName, args, groupLeader: this.#self };
      const caller = { resolve, reject, limit: undefined, own: undefined };
      this.#start(call, caller, (request) => this.#connection.answer(request));
    });
  }

  #end(error: Error | undefined): void {
    this.#ended = lost(error);
    for (const [key, { written }] of this.#pending) {
      this.#take(key)?.reject(new CallLost(this.#ended, this.#sent?.hasLeft(written) ?? true));
    }
    this.#aborts.close();
    this.#deadlines.close();
  }
}

/** Whatever ended the connection, the node is lost. */
function lost(reason: Error | undefined): FusionPlayError {
  if (reason instanceof FusionPlayError && reason.code === "NODE_LOST") return reason;
  return new FusionPlayError(reason?.message ?? "Cannot call the node: the session is closed", {
    code: "NODE_LOST",
    hint: reason instanceof FusionPlayError ? reason.hint : undefined,
    cause: reason,
  });
}

/** The number that our references count with; that of no call, where it is none of those. */
function keyOf({ words }: Reference): number {
  const [first = 0, second = 0, third = 0] = words;
  if (words.length !== 3 || first >= FIRST_WORD_LIMIT || third !== 0) return -1;
  return second * FIRST_WORD_LIMIT + first;
}

/** Reads the exit reason of `erpc:execute_call/4`. */
export function outcomeOf(reason: Term): { result: Term } | Error {
  if (isTuple(reason) && reason.elements[0] instanceof Reference) {
    const [, kind, value, stacktrace] = reason.elements;
    if (value !== undefined) {
      if (isAtom(kind as Term, "return")) return { result: value };
      if (isAtom(kind as Term, "throw")) return new ErpcError("throw", value);
      if (isAtom(kind as Term, "exit")) return new ErpcError("exit", value);
      if (isAtom(kind as Term, "error")) return new ErpcError("error", value, stacktrace);
    }
  }
  // The process did not get to its end: somebody killed it, or a process it was linked to died.
  return new ErpcError("exit", reason);
}
