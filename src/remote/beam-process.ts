import { FusionPlayError } from "../errors.ts";
import type { CommandExit, RemoteCommand } from "../ssh/ssh-connection.ts";
import { isDoneWithin } from "../waits/done-within.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import type { HostCommands } from "./become-commands.ts";
import { BootOutput } from "./boot-output.ts";
import {
  bootCommand,
  bootInput,
  bootInputAfterRelay,
  isUnderWay,
  linkFormsInput,
  type BootMessage,
  type BootProgress,
  type BootSetup,
} from "./bootstrap.ts";
import { END_LINE } from "./end-line.ts";
import { erlNotFound } from "./erl-not-found.ts";
import { exitText } from "./exit-text.ts";
import type { ErlSource } from "./find-erl-script.ts";
import { RuntimeMissing } from "./runtime-missing.ts";
import { scriptNotRun } from "./script-not-run.ts";
import { groupKillCommand, killCommand } from "./shell-command.ts";

export interface BeamProcessOptions {
  /** Name of the host, for messages. */
  host: string;
  erl: ErlSource;
  /** Whether the BEAM shall fetch code: then a second one runs beside it, the relay. */
  onDemand: boolean;
  /** How long a command that kills may take: another user than the one who logged in is asked for first. */
  killMs: number;
  signal: AbortSignal;
  /** Gets what the BEAM prints to its own standard output and error. */
  onOutput(text: string): void;
}

/** What the BEAM says of itself once it is distributed. */
export type BeamReady = Extract<BootMessage, { type: "ready" }>;
type BootOutcome = Exclude<BootMessage, BootProgress>;

const ERL_HINT = "Start erl on the host to see what is wrong with it, and check fusion_erl if it is set";
/** How long a BEAM may take to end after its standard input was closed. */
const EXIT_GRACE_MS = 2000;
/** How long the last output may take after the exit; a process left behind may hold it open for ever. */
const LAST_OUTPUT_MS = 500;

/**
 * The `erl` process on a host. It ends with its standard input, but for one that has a link: that one waits for
 * another connection, unless it is told that none will come.
 */
export class BeamProcess implements AsyncDisposable {
  readonly #commands: HostCommands;
  readonly #command: RemoteCommand;
  readonly #output: BootOutput;
  readonly #host: string;
  readonly #ready: Promise<BeamReady>;
  readonly #hasRelay: boolean;
  readonly #killMs: number;
  readonly #outputEnd: Promise<void>;
  #setup: BootSetup | undefined;
  #isReady = false;
  #hasSentForms = false;
  #pid: number | undefined;
  #linkPort: number | undefined;
  #tellLinkPort: (port: number) => void = () => {};
  /** Resolves with the host's port that takes links, when the BEAM tells it as it starts; may never be settled. */
  readonly linkPort: Promise<number>;
  /** Resolves with the reason when the process has ended, or its channel was closed; never rejects. */
  readonly ended: Promise<FusionPlayError>;
  /** Resolves with the reason when the host has told that the process ended. */
  readonly died: Promise<FusionPlayError>;

  private constructor(
    commands: HostCommands,
    command: RemoteCommand,
    { host, onDemand, killMs, onOutput }: Omit<BeamProcessOptions, "erl" | "signal">,
  ) {
    this.#commands = commands;
    this.#command = command;
    this.#host = host;
    this.#hasRelay = onDemand;
    this.#killMs = killMs;
    this.linkPort = new Promise((resolve) => {
      this.#tellLinkPort = resolve;
    });
    let decide: (message: BootOutcome) => void = () => {};
    const outcome = new Promise<BootOutcome>((resolve) => {
      decide = resolve;
    });
    this.#output = new BootOutput((message) => {
      if (isUnderWay(message)) this.#onProgress(message);
      else decide(message);
    }, onOutput);
    this.#outputEnd = new Promise<void>((resolve) => {
      command.stdio.listen({
        onBytes: (chunk) => this.#output.onStdout(chunk),
        onEnd: () => {
          this.#output.end();
          resolve();
        },
      });
    });
    command.onStderr((chunk) => this.#output.onStderr(chunk));
    this.ended = command.exited.then(async (exit) => {
      // The server may tell the exit before the last output, which says why.
      await isDoneWithin(this.#outputEnd, LAST_OUTPUT_MS);
      return this.#endOf(exit);
    });
    this.died = new Promise((resolve) => {
      void command.exited.then(async ({ code, signal }) => {
        if (code !== undefined || signal !== undefined) resolve(await this.ended);
      });
    });
    this.#ready = Promise.race([outcome, this.ended]).then((first) => this.#readyOf(first));
    this.#ready.catch(() => {}); // told to whoever waits
  }

  /** Starts the command; the setup may be sent as soon as the tunnels are there. */
  static async start(commands: HostCommands, options: BeamProcessOptions): Promise<BeamProcess> {
    const command = await commands.exec(bootCommand(options), { signal: options.signal });
    return new BeamProcess(commands, command, options);
  }

  /** Goes on with a BEAM that was started, and connected to, before. */
  static adopt(
    commands: HostCommands,
    command: RemoteCommand,
    { pid, ...options }: Pick<BeamProcessOptions, "host" | "killMs" | "onOutput"> & { readonly pid: number },
  ): BeamProcess {
    const adopted = new BeamProcess(commands, command, { ...options, onDemand: false });
    adopted.#pid = pid;
    adopted.#isReady = true;
    return adopted;
  }

  /** The command that runs it. */
  get command(): RemoteCommand {
    return this.#command;
  }

  /** Its id on the host, which is that of its group as well. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Tells the BEAM who it is. */
  boot(setup: BootSetup): void {
    this.#setup = setup;
    this.#command.stdio.write(bootInput(setup));
  }

  /** Each is told once; what looks the same later on was forged by code on the host. */
  #onProgress(message: BootProgress): void {
    switch (message.type) {
      case "started":
        this.#pid ??= message.pid;
        return;
      case "relay":
        return this.#bootAfterRelay(message.address);
      case "link_forms":
        return this.#sendLinkForms();
      case "link":
        this.#linkPort ??= message.port;
        return this.#tellLinkPort(this.#linkPort);
    }
  }

  #sendLinkForms(): void {
    if (this.#hasSentForms) return;
    this.#hasSentForms = true;
    this.#command.stdio.write(linkFormsInput());
  }

  #bootAfterRelay(address: string): void {
    const setup = this.#setup;
    if (setup?.bootServer === undefined) return;
    this.#setup = undefined; // once
    this.#command.stdio.write(bootInputAfterRelay(setup, address));
  }

  /**
   * Waits until the BEAM is a node that knows its cookie.
   *
   * @throws {RuntimeMissing} the host has not got the bundle yet
   * @throws {FusionPlayError} `SSH_EXEC_REFUSED`, `ERL_NOT_FOUND`, `BOOT_FAILED`, or the signal's reason
   */
  async ready(signal: AbortSignal): Promise<BeamReady> {
    return unlessAborted(this.#ready, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isReady) this.#command.stdio.write(Buffer.from(`${END_LINE}\n`));
    this.#command.stdio.close();
    if (!(await isDoneWithin(this.#command.exited, EXIT_GRACE_MS))) {
      await this.#kill(killCommand);
      if (!(await isDoneWithin(this.#command.exited, this.#killMs))) return;
    }
    await this.#endRelay();
    // What removes the run folder ends last, and holds standard error open until then.
    await this.ended;
  }

  /** The relay ends with the BEAM and the tunnel; the standard output that it inherited tells when. */
  async #endRelay(): Promise<void> {
    if (!this.#hasRelay || (await isDoneWithin(this.#outputEnd, EXIT_GRACE_MS))) return;
    await this.#kill(groupKillCommand);
  }

  /** Kills the process over another connection than its own. */
  async killOver(commands: HostCommands): Promise<void> {
    await this.#kill(killCommand, commands);
  }

  /** Ends what is no BEAM, or one that is stuck. A server need not pass signals on: OpenSSH does not for root. */
  async #kill(commandFor: (pid: number) => string, commands = this.#commands): Promise<void> {
    if (this.#pid === undefined) return;
    const signal = AbortSignal.timeout(this.#killMs);
    // A host that does not answer any longer has lost the connection, too.
    await commands.exec(commandFor(this.#pid), { signal }).catch(() => {});
  }

  #readyOf(first: BootOutcome | FusionPlayError): BeamReady {
    if (first instanceof FusionPlayError) throw first;
    switch (first.type) {
      case "ready":
        if (this.#linkPort === undefined) {
          throw new FusionPlayError(`Cannot boot the BEAM on ${this.#host}: it told no port for its link`, {
            code: "BOOT_FAILED",
            hint: ERL_HINT,
          });
        }
        this.#isReady = true;
        return first;
      case "failed":
        throw new FusionPlayError(`Cannot boot the BEAM on ${this.#host}: ${first.reason}`, {
          code: "BOOT_FAILED",
        });
      case "relay_ended":
        throw new FusionPlayError(
          `Cannot boot the BEAM on ${this.#host}: the relay of its loader ended${this.#lastWords}`,
          { code: "BOOT_FAILED" },
        );
      case "runtime_missing":
        throw new RuntimeMissing(this.#host, first);
      case "erl_not_found":
        throw erlNotFound(this.#host, first.lookedIn);
    }
  }

  get #lastWords(): string {
    const words = this.#output.lastWords;
    return words === "" ? "" : `; it said: ${words}`;
  }

  #endOf(exit: CommandExit): FusionPlayError {
    const end = `it ended (${exitText(exit)})${this.#lastWords}`;
    if (this.#isReady)
      return new FusionPlayError(`Cannot use the BEAM on ${this.#host} any longer: ${end}`, {
        code: "NODE_LOST",
      });
    // The script tells its process before anything else.
    if (this.#pid === undefined && exit.code !== undefined) return scriptNotRun(this.#host, end);
    return new FusionPlayError(`Cannot boot the BEAM on ${this.#host}: ${end}`, {
      code: "BOOT_FAILED",
      hint: ERL_HINT,
    });
  }
}
