import { randomBytes } from "node:crypto";
import type { ByteStreamListener } from "../bytes/byte-stream.ts";
import type { PacedStream } from "../bytes/paced-stream.ts";
import { FusionPlayError } from "../errors.ts";
import type { CommandExit, RemoteCommand, SshConnection, WaitOptions } from "../ssh/ssh-connection.ts";
import { printable } from "../ssh/printable.ts";
import type { Host } from "../inventory/inventory.ts";
import { MASK, type Secret } from "../secret.ts";
import { isDoneWithin } from "../waits/done-within.ts";
import { becomeCommand, becomeOf, type Become } from "./become-command.ts";
import { END_LINE } from "./end-line.ts";
import { exitText } from "./exit-text.ts";

/** How long a program may take to let the user in; those that ask a directory service take some seconds. */
export const BECOME_MS = 20_000;
/** How long the last words of one that has ended may be on their way. */
const LAST_WORDS_MS = 1000;
const MAX_SAID = 4000;
const LINE_FEED = 10;
/** Ctrl-C, for what waits for a password at a terminal. */
const INTERRUPT = Buffer.from("\u0003");

/** What starts commands on a host: as the user who logged in, or as another one. */
export type HostCommands = Pick<SshConnection, "exec" | "closed">;

/** Starts commands as the user that a host's settings name. */
export function hostCommands(ssh: SshConnection, host: Host): HostCommands {
  const become = becomeOf(host);
  return become === undefined ? ssh : new BecomeCommands(ssh, become, host.name);
}

/** Starts commands as another user, and answers the question for the password: once, and never again. */
export class BecomeCommands implements HostCommands {
  readonly #ssh: HostCommands;
  readonly #become: Become;
  readonly #host: string;
  #hasTerminal: boolean;

  /** @param host Its name, for messages */
  constructor(ssh: HostCommands, become: Become, host: string) {
    this.#ssh = ssh;
    this.#become = become;
    this.#host = host;
    // These read a password from a terminal and from nowhere else.
    this.#hasTerminal = become.method !== "sudo" && become.password !== undefined;
  }

  get closed(): SshConnection["closed"] {
    return this.#ssh.closed;
  }

  /**
   * Starts `command`; resolves once it has the rights of the user.
   *
   * @throws {FusionPlayError} `BECOME_FAILED`
   * @throws {SshError} the command cannot be started; or the signal's reason
   */
  async exec(command: string, options: WaitOptions): Promise<RemoteCommand> {
    try {
      return await this.#start(command, options);
    } catch (error) {
      // `requiretty` in sudoers, in whatever language.
      const wantsTerminal = error instanceof BecomeEnd && /\btty\b/i.test(error.said);
      if (wantsTerminal && !this.#hasTerminal) {
        this.#hasTerminal = true;
        return await this.exec(command, options);
      }
      throw error instanceof BecomeEnd ? this.#failed(error.state) : error;
    }
  }

  async #start(command: string, { signal }: WaitOptions): Promise<RemoteCommand> {
    const secret = randomBytes(12).toString("hex");
    const start = `fusion-play:becoming:${secret}`;
    const mark = `fusion-play:became:${secret}`;
    const prompt = `fusion-play:password:${secret}:`;
    const hasTerminal = this.#hasTerminal;
    const line = becomeCommand(this.#become, command, { start, mark, prompt, hasTerminal });
    const remote = await this.#ssh.exec(line, { signal, hasTerminal });
    const dialogue = new Dialogue({
      remote,
      hasTerminal,
      mark,
      question: this.#become.method === "sudo" ? { prompt } : { start },
      password: this.#become.password,
    });
    return await dialogue.finished(signal);
  }

  #failed(state: string): FusionPlayError {
    const { method, user, password } = this.#become;
    return new FusionPlayError(`Cannot become "${user}" on ${this.#host} with ${method}: ${state}`, {
      code: "BECOME_FAILED",
      hint:
        password === undefined
          ? "Give the password with fusion_become_password or --ask-become-pass, or let the user in without one"
          : `Check fusion_become_password, fusion_become_method and whether the user may do this: the password was tried once`,
    });
  }
}

/** It ended, or had to be ended, before the command had the rights. */
class BecomeEnd extends Error {
  readonly state: string;
  readonly said: string;

  constructor(state: string, said: string) {
    super(state);
    this.state = said === "" ? state : `${state}; it said: ${said}`;
    this.said = said;
  }
}

interface DialogueOptions {
  readonly remote: RemoteCommand;
  readonly hasTerminal: boolean;
  readonly mark: string;
  /** What the program asks with; or what is printed before it asks with words of its own. */
  readonly question: { readonly prompt: string } | { readonly start: string };
  readonly password: Secret | undefined;
}

/** What is said until the command has its rights. Everything after that belongs to the command. */
class Dialogue {
  readonly #options: DialogueOptions;
  readonly #stdio: StreamAfterMark;
  /** What was said since the password was given, or since the start. */
  #unanswered = "";
  #answered = false;
  /** What was printed before the program that asks; undefined once that runs. */
  #startup: string | undefined;
  #stderr: ((chunk: Uint8Array) => void) | undefined;
  readonly #keptStderr: Uint8Array[] = [];
  #resolve: (command: RemoteCommand) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #isOver = false;

  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#startup = "start" in options.question ? "" : undefined;
    this.#stdio = new StreamAfterMark(options.remote.stdio, {
      mark: options.mark,
      endLine: options.hasTerminal ? END_LINE : undefined,
      onText: (text) => this.#hearOutput(text),
      onMark: () => this.#became(),
    });
  }

  async finished(signal: AbortSignal): Promise<RemoteCommand> {
    const { remote } = this.#options;
    const onAbort = (): void => this.#fail(signal.reason as Error);
    const timer = setTimeout(
      () => this.#fail(new BecomeEnd(`no answer within ${BECOME_MS / 1000} s`, this.#words)),
      BECOME_MS,
    );
    try {
      return await new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
        signal.addEventListener("abort", onAbort);
        if (signal.aborted) onAbort();
        this.#stdio.start();
        remote.onStderr((chunk) => this.#onStderr(chunk));
        void remote.exited.then(async (exit) => this.#onExit(exit));
      });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #onStderr(chunk: Uint8Array): void {
    if (!this.#isOver) this.#hear(Buffer.from(chunk).toString("utf8"));
    else if (this.#stderr !== undefined) this.#stderr(chunk);
    else this.#keptStderr.push(chunk);
  }

  /** Startup files of the login shell may print what looks like a question. At a terminal, all is output. */
  #hearOutput(text: string): void {
    const { question } = this.#options;
    if (this.#startup === undefined || !("start" in question)) return this.#hear(text);
    this.#startup = (this.#startup + text).slice(-MAX_SAID);
    const at = this.#startup.indexOf(question.start);
    if (at < 0) return;
    const rest = this.#startup.slice(at + question.start.length);
    this.#startup = undefined;
    this.#hear(rest);
  }

  #hear(text: string): void {
    if (this.#isOver) return;
    this.#unanswered = (this.#unanswered + text).slice(-MAX_SAID);
    if (!this.#isAsked()) return;
    const { password, remote } = this.#options;
    if (this.#answered) return this.#fail(new BecomeEnd("the password was refused", ""));
    if (password === undefined) return this.#fail(new BecomeEnd("a password is needed", ""));
    this.#answered = true;
    this.#unanswered = "";
    remote.stdio.write(Buffer.from(`${password.reveal()}\n`));
  }

  /** A question is a line that has not ended; what is told before it has. */
  #isAsked(): boolean {
    const { question } = this.#options;
    if ("prompt" in question) return this.#unanswered.includes(question.prompt);
    const line =
      this.#unanswered
        .split(/[\r\n]/u)
        .at(-1)
        ?.trim() ?? "";
    // `su: ` may be the beginning of what goes wrong.
    return /[:：]$/u.test(line) && !/^(?:su|doas):$/u.test(line);
  }

  /** What it has said may come after the news that it has ended. */
  async #onExit(exit: CommandExit): Promise<void> {
    await isDoneWithin(this.#stdio.ended, LAST_WORDS_MS);
    const when = this.#answered ? " after the password was given" : "";
    this.#fail(new BecomeEnd(`it ended (${exitText(exit)})${when}`, this.#words));
  }

  get #words(): string {
    const { question, password } = this.#options;
    // What came before the question, such as a lecture, is not why it ended.
    let text = (this.#startup ?? "") + this.#unanswered;
    if ("prompt" in question) text = text.replaceAll(question.prompt, "");
    // A terminal may have shown it.
    if (password !== undefined) text = text.replaceAll(password.reveal(), MASK);
    return printable(text.trim());
  }

  #became(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { remote } = this.#options;
    this.#resolve({
      stdio: this.#stdio,
      exited: remote.exited,
      onStderr: (listener) => {
        this.#stderr = listener;
        this.#keptStderr.splice(0).forEach(listener);
      },
    });
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { remote, hasTerminal } = this.#options;
    if (hasTerminal) remote.stdio.write(INTERRUPT);
    remote.stdio.close();
    this.#reject(error);
  }
}

interface MarkOptions {
  readonly mark: string;
  /** Sent before the stream is closed. */
  readonly endLine: string | undefined;
  /** Told what comes before the mark. */
  readonly onText: (text: string) => void;
  readonly onMark: () => void;
}

/** The standard input and output of a command, from the line with the mark on. */
class StreamAfterMark implements PacedStream {
  /** Resolves when nothing arrives any more. */
  readonly ended: Promise<void>;
  readonly #stream: PacedStream;
  readonly #options: MarkOptions;
  #before: Buffer | undefined = Buffer.alloc(0);
  #listener: ByteStreamListener | undefined;
  readonly #kept: Uint8Array[] = [];
  #end: { error: Error | undefined } | undefined;
  #isClosed = false;
  #tellEnded: () => void = () => {};

  constructor(stream: PacedStream, options: MarkOptions) {
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    this.#stream = stream;
    this.#options = options;
  }

  start(): void {
    this.#stream.listen({
      onBytes: (chunk) => this.#onBytes(chunk),
      onEnd: (error) => {
        this.#end = { error };
        this.#tellEnded();
        this.#listener?.onEnd(error);
      },
    });
  }

  #onBytes(chunk: Uint8Array): void {
    if (this.#before === undefined) return this.#pass(chunk);
    const { mark, onText, onMark } = this.#options;
    const all = Buffer.concat([this.#before, chunk]);
    const at = all.indexOf(mark);
    const lineEnd = at < 0 ? -1 : all.indexOf(LINE_FEED, at);
    if (lineEnd < 0) {
      this.#before = all.subarray(-MAX_SAID);
      return onText(Buffer.from(chunk).toString("utf8"));
    }
    this.#before = undefined;
    this.#pass(all.subarray(lineEnd + 1));
    onMark();
  }

  #pass(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    if (this.#listener === undefined) this.#kept.push(chunk);
    else this.#listener.onBytes(chunk);
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
    this.#kept.splice(0).forEach((chunk) => listener.onBytes(chunk));
    if (this.#end !== undefined) {
      const { error } = this.#end;
      queueMicrotask(() => listener.onEnd(error));
    }
  }

  write(chunk: Uint8Array, onTaken?: () => void): void {
    this.#stream.write(chunk, onTaken);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  get queuedBytes(): number {
    return this.#stream.queuedBytes;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { endLine } = this.#options;
    if (endLine !== undefined) this.#stream.write(Buffer.from(`${endLine}\n`));
    this.#stream.close();
  }
}
