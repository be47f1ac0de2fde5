import type { PacedStream } from "../bytes/paced-stream.ts";
import { FusionPlayError } from "../errors.ts";
import type { CommandExit, RemoteCommand, ReverseTunnel, WaitOptions } from "../ssh/ssh-connection.ts";
import { isDoneWithin } from "../waits/done-within.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import type { HostCommands } from "./become-commands.ts";
import { bootMessage } from "./bootstrap.ts";
import { erlNotFound } from "./erl-not-found.ts";
import { exitText } from "./exit-text.ts";
import type { ErlSource } from "./find-erl-script.ts";
import type { Forwarding } from "./forwarding.ts";
import { RuntimeMissing } from "./runtime-missing.ts";
import { scriptNotRun } from "./script-not-run.ts";
import { killCommand } from "./shell-command.ts";
import { isRelayReady, stdioRelayInput, stdioRelayCommand } from "./stdio-relay-command.ts";
import { StdioStreams } from "./stdio-streams.ts";

export interface StdioRelayOptions {
  /** Name of the host, for messages. */
  readonly host: string;
  readonly erl: ErlSource;
  /** How long a command that kills may take: another user than the one who logged in is asked for first. */
  readonly killMs: number;
  readonly signal: AbortSignal;
}

/** How long the relay may take to end after its standard input has. */
const EXIT_GRACE_MS = 2000;
/** How long the last output may take after the exit. */
const LAST_OUTPUT_MS = 500;
/** How long the loss of the connection may take to be known. */
const LOSS_MS = 500;
const MAX_LINE_BYTES = 64 * 1024;
const MAX_LAST_WORDS = 2000;
const LINE_FEED = 10;

/**
 * A second, small BEAM on a host that stands in for a server that forwards nothing: it opens ways on the loopback
 * interface there, and carries them over the standard input and output of its command.
 */
export class StdioRelay implements Forwarding, AsyncDisposable {
  /** Resolves with the reason when it can carry nothing any longer; never rejects. */
  readonly ended: Promise<FusionPlayError>;
  readonly #commands: HostCommands;
  readonly #command: RemoteCommand;
  readonly #host: string;
  readonly #killMs: number;
  readonly #streams: StdioStreams;
  readonly #ready: Promise<void>;
  /** What came before the relay was ready; undefined afterwards. */
  #before: Buffer | undefined = Buffer.alloc(0);
  #lastWords = "";
  #pid: number | undefined;
  #tellReady: () => void = () => {};
  #fail: (error: FusionPlayError) => void = () => {};

  private constructor(commands: HostCommands, command: RemoteCommand, options: StdioRelayOptions) {
    this.#commands = commands;
    this.#command = command;
    this.#host = options.host;
    this.#killMs = options.killMs;
    const failed = new Promise<FusionPlayError>((resolve) => {
      this.#fail = resolve;
    });
    this.#streams = new StdioStreams({
      host: options.host,
      carrier: command.stdio,
      onViolation: (error) => {
        this.#fail(error);
        command.stdio.close();
      },
    });
    const outputEnd = new Promise<void>((resolve) => {
      command.stdio.listen({
        onBytes: (chunk) => this.#onBytes(chunk),
        onEnd: () => resolve(),
      });
    });
    command.onStderr((chunk) => this.#note(Buffer.from(chunk).toString("utf8")));
    const exited = command.exited.then(async (exit) => {
      await isDoneWithin(outputEnd, LAST_OUTPUT_MS);
      return this.#endOf(exit, await this.#loss(exit));
    });
    this.ended = Promise.race([failed, exited]);
    void this.ended.then((error) => this.#streams.end(error));
    this.#ready = Promise.race([
      new Promise<void>((resolve) => {
        this.#tellReady = resolve;
      }),
      this.ended.then((error) => Promise.reject(error)),
    ]);
    this.#ready.catch(() => {}); // told to whoever waits
  }

  /**
   * Starts the relay on a host.
   *
   * @throws {RuntimeMissing} the host has not got the bundle yet
   * @throws {FusionPlayError} `SSH_EXEC_REFUSED`, `ERL_NOT_FOUND`, `BOOT_FAILED`, what `commands.exec` throws, or the
   *   signal's reason
   */
  static async start(commands: HostCommands, options: StdioRelayOptions): Promise<StdioRelay> {
    const { erl, signal } = options;
    const command = await commands.exec(stdioRelayCommand(erl), { signal });
    const relay = new StdioRelay(commands, command, options);
    command.stdio.write(stdioRelayInput());
    try {
      await unlessAborted(relay.#ready, signal);
      return relay;
    } catch (error) {
      await relay[Symbol.asyncDispose]();
      throw error;
    }
  }

  async reverseTunnel(onStream: (stream: PacedStream) => void, options: WaitOptions): Promise<ReverseTunnel> {
    return await this.#streams.reverseTunnel(onStream, options);
  }

  async forwardStream(port: number, options: WaitOptions): Promise<PacedStream> {
    return await this.#streams.forwardStream(port, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#command.stdio.close();
    if (await isDoneWithin(this.#command.exited, EXIT_GRACE_MS)) return;
    if (this.#pid === undefined) return;
    const signal = AbortSignal.timeout(this.#killMs);
    // A host that does not answer any longer has lost the connection, too.
    await this.#commands.exec(killCommand(this.#pid), { signal }).catch(() => {});
    await isDoneWithin(this.#command.exited, this.#killMs);
  }

  #onBytes(chunk: Uint8Array): void {
    if (this.#before === undefined) return this.#streams.receive(chunk);
    let rest = Buffer.concat([this.#before, chunk]);
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
      const line = rest.subarray(0, end).toString("utf8");
      rest = rest.subarray(end + 1);
      if (isRelayReady(line)) {
        this.#before = undefined;
        this.#tellReady();
        return this.#streams.receive(rest);
      }
      this.#onLine(line);
    }
    if (rest.byteLength > MAX_LINE_BYTES) {
      this.#note(rest.toString("utf8"));
      rest = Buffer.alloc(0);
    }
    this.#before = rest;
  }

  #onLine(line: string): void {
    const message = bootMessage(line);
    switch (message?.type) {
      case "started":
        this.#pid ??= message.pid;
        return;
      case "erl_not_found":
        return this.#fail(erlNotFound(this.#host, message.lookedIn));
      case "runtime_missing":
        return this.#fail(new RuntimeMissing(this.#host, message));
      default:
        this.#note(`${line}\n`);
    }
  }

  #note(text: string): void {
    this.#lastWords = (this.#lastWords + text).slice(-MAX_LAST_WORDS);
  }

  /** Why the connection was lost, where it was: then it ended the relay. */
  async #loss({ code, signal }: CommandExit): Promise<FusionPlayError | undefined> {
    if (code !== undefined || signal !== undefined) return undefined;
    return (await isDoneWithin(this.#commands.closed, LOSS_MS)) ? this.#commands.closed : undefined;
  }

  #endOf(exit: CommandExit, lost: FusionPlayError | undefined): FusionPlayError {
    if (lost !== undefined) return lost;
    const words = this.#lastWords.trim();
    const end = `it ended (${exitText(exit)})${words === "" ? "" : `; it said: ${words}`}`;
    if (this.#before === undefined)
      return new FusionPlayError(`Cannot use the relay on ${this.#host} any longer: ${end}`, {
        code: "NODE_LOST",
      });
    // The script tells its process before anything else.
    if (this.#pid === undefined && exit.code !== undefined) return scriptNotRun(this.#host, end);
    return new FusionPlayError(`Cannot start the relay on ${this.#host}: ${end}`, {
      code: "BOOT_FAILED",
      hint: "Start erl on the host to see what is wrong with it, and check fusion_erl if it is set",
    });
  }
}
