import { atom, isAtom, isTuple, Reference, tuple, type Pid, type Term } from "../etf/term.ts";
import { chardataToText } from "./chardata.ts";
import { PID_IDS, PID_SERIALS } from "./local-node.ts";
import { ioAction, ioMessage, ioReply, type IoAction, type IoMessage } from "./io-request.ts";

export interface GroupLeadersOptions {
  /** Gets what is printed to a group leader that is long gone. */
  onStrayOutput(text: string): void;
  send(to: Pid, message: Term): void;
  /** Has the other node compute text; rejects when it cannot. */
  format(module: string, functionName: string, args: readonly Term[]): Promise<Term>;
}

type OnOutput = (text: string) => void;

/** Group leaders of ended calls that are remembered, for what their processes still print. */
const MAX_RETIRED = 100;
/** Requests whose text the host is computing, and how much of them is kept meanwhile, in bytes as they came. */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const OK = atom("ok");
const FORMAT_FAILED = tuple(atom("error"), atom("format"));

/**
 * The group leaders that calls run under: each call has its own, so that what it prints is known to
 * be its own, also when it comes from a process that the call started.
 */
export class GroupLeaders {
  readonly #options: GroupLeadersOptions;
  readonly #open: Map<number, OnOutput> = new Map();
  /** In the order in which their calls ended. */
  readonly #retired: Map<number, OnOutput> = new Map();
  /** The keys that were given out are between these two, as they are given out in order. */
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #waiting = 0;
  #waitingBytes = 0;

  constructor(options: GroupLeadersOptions) {
    this.#options = options;
  }

  open(pid: Pid, onOutput: OnOutput): Pid {
    const key = keyOf(pid);
    this.#open.set(key, onOutput);
    this.#first = Math.min(this.#first, key);
    this.#last = Math.max(this.#last, key);
    return pid;
  }

  /** The call is over; its group leader goes on for processes that it left behind. */
  retire(pid: Pid): void {
    const key = keyOf(pid);
    const onOutput = this.#open.get(key);
    if (onOutput === undefined) return;
    this.#open.delete(key);
    this.#retired.set(key, onOutput);
    if (this.#retired.size <= MAX_RETIRED) return;
    for (const oldest of this.#retired.keys()) {
      this.#retired.delete(oldest);
      break;
    }
  }

  /** Also of those that are not remembered: what is printed to them is served as well. */
  has(pid: Pid): boolean {
    const key = keyOf(pid);
    return key >= this.#first && key <= this.#last;
  }

  /** Serves a message of `bytes` to one of our pids; what is no I/O request is dropped. */
  onMessage(to: Pid, message: Term, bytes: number): void {
    const io = ioMessage(message);
    if (io === undefined) return;
    const key = keyOf(to);
    const onOutput = this.#open.get(key) ?? this.#retired.get(key) ?? this.#options.onStrayOutput;
    const action = ioAction(io.request);
    if (isImmediate(action)) this.#reply(io, performAll([action], onOutput));
    else this.#performLater(action, io, { bytes, onOutput });
  }

  #reply({ from, replyAs }: Pick<IoMessage, "from" | "replyAs">, reply: Term): void {
    this.#options.send(from, ioReply({ replyAs }, reply));
  }

  /** What is kept until the host has answered must not pile up. */
  #performLater(
    action: IoAction,
    { from, replyAs }: IoMessage,
    { bytes, onOutput }: { bytes: number; onOutput: OnOutput },
  ): void {
    const kept = action.type === "format" && replyAs instanceof Reference ? 0 : bytes;
    if (
      this.#waiting >= MAX_WAITING ||
      (this.#waiting > 0 && this.#waitingBytes + kept > MAX_WAITING_BYTES)
    ) {
      return this.#reply({ from, replyAs }, FORMAT_FAILED);
    }
    this.#waiting++;
    this.#waitingBytes += kept;
    void this.#perform(action, onOutput).then((reply) => {
      this.#waiting--;
      this.#waitingBytes -= kept;
      this.#reply({ from, replyAs }, reply);
    });
  }

  #perform(action: IoAction, onOutput: OnOutput): Promise<Term> {
    switch (action.type) {
      case "format":
        return this.#format(action, onOutput);
      case "batch":
        return this.#performBatch(action.actions, onOutput);
      case "text":
      case "reply":
        return Promise.resolve(performAll([action], onOutput));
    }
  }

  async #performBatch(actions: readonly IoAction[], onOutput: OnOutput): Promise<Term> {
    let last: Term = OK;
    for (const action of actions) {
      last = await this.#perform(action, onOutput);
      if (isFailure(last)) break;
    }
    return last;
  }

  /** No async function: that would keep the arguments until the answer comes. */
  #format(action: Extract<IoAction, { type: "format" }>, onOutput: OnOutput): Promise<Term> {
    const { encoding } = action;
    return this.#options.format(action.module, action.function, action.args).then(
      (chardata) => {
        const text = chardataToText(chardata, encoding);
        if (text === undefined) return FORMAT_FAILED;
        onOutput(text);
        return OK;
      },
      () => FORMAT_FAILED,
    );
  }
}

/** Whether nothing has to be asked of the host. */
function isImmediate(action: IoAction): boolean {
  return action.type === "batch" ? action.actions.every(isImmediate) : action.type !== "format";
}

/** Does what can be done at once; the reply is that of the last one. */
function performAll(actions: readonly IoAction[], onOutput: OnOutput): Term {
  let last: Term = OK;
  for (const action of actions) {
    if (action.type === "text") onOutput(action.text);
    if (action.type === "batch") last = performAll(action.actions, onOutput);
    else if (action.type !== "format") last = action.reply;
    if (isFailure(last)) break;
  }
  return last;
}

/** Requests that come together end with the first of them that fails. */
function isFailure(reply: Term): boolean {
  return isTuple(reply, 2) && isAtom(reply.elements[0] ?? 0, "error");
}

/** The number that our pids count with; that of no process, where it is none of those. */
function keyOf({ id, serial }: Pid): number {
  return id < PID_IDS && serial < PID_SERIALS ? serial * PID_IDS + id : -1;
}
