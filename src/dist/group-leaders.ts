import type { Pid, Term } from "../etf/term.ts";
import { atom, tuple } from "../etf/term.ts";
import { chardataToText } from "./chardata.ts";
import { ioAction, ioMessage, ioReply, type IoAction } from "./io-request.ts";

export interface GroupLeadersOptions {
  /** Gets what is printed to a group leader that is long gone. */
  onStrayOutput(text: string): void;
  send(to: Pid, message: Term): void;
  /** Has the other node compute text; rejects when it cannot. */
  format(module: string, functionName: string, args: readonly Term[]): Promise<Term>;
}

type OnOutput = (text: string) => void;

/** Group leaders of ended calls that are remembered, for what their processes still print. */
const MAX_RETIRED = 1000;
const OK = atom("ok");
const FORMAT_FAILED = tuple(atom("error"), atom("format"));

/**
 * The group leaders that calls run under: each call has its own, so that what it prints is known to
 * be its own, also when it comes from a process that the call started.
 */
export class GroupLeaders {
  readonly #options: GroupLeadersOptions;
  readonly #open: Map<string, OnOutput> = new Map();
  /** In the order in which their calls ended. */
  readonly #retired: Map<string, OnOutput> = new Map();

  constructor(options: GroupLeadersOptions) {
    this.#options = options;
  }

  open(pid: Pid, onOutput: OnOutput): Pid {
    this.#open.set(keyOf(pid), onOutput);
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

  has(pid: Pid): boolean {
    const key = keyOf(pid);
    return this.#open.has(key) || this.#retired.has(key);
  }

  /** Serves a message to one of our pids; what is no I/O request is dropped. */
  onMessage(to: Pid, message: Term): void {
    const io = ioMessage(message);
    if (io === undefined) return;
    const key = keyOf(to);
    const onOutput = this.#open.get(key) ?? this.#retired.get(key) ?? this.#options.onStrayOutput;
    const reply = this.#perform(ioAction(io.request), onOutput);
    if (reply instanceof Promise) void reply.then((term) => this.#options.send(io.from, ioReply(io, term)));
    else this.#options.send(io.from, ioReply(io, reply));
  }

  #perform(action: IoAction, onOutput: OnOutput): Term | Promise<Term> {
    switch (action.type) {
      case "reply":
        return action.reply;
      case "text":
        onOutput(action.text);
        return action.reply;
      case "format":
        return this.#format(action, onOutput);
      case "batch":
        return this.#performAll(action.actions, onOutput);
    }
  }

  async #performAll(actions: readonly IoAction[], onOutput: OnOutput): Promise<Term> {
    let last: Term = OK;
    for (const action of actions) last = await this.#perform(action, onOutput);
    return last;
  }

  async #format(action: Extract<IoAction, { type: "format" }>, onOutput: OnOutput): Promise<Term> {
    try {
      const chardata = await this.#options.format(action.module, action.function, action.args);
      const text = chardataToText(chardata, action.encoding);
      if (text === undefined) return FORMAT_FAILED;
      onOutput(text);
      return OK;
    } catch {
      return FORMAT_FAILED;
    }
  }
}

function keyOf({ id, serial }: Pid): string {
  return `${id}.${serial}`;
}
