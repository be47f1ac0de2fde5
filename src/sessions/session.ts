import { FusionPlayError } from "../errors.ts";
import type { Host } from "../inventory/inventory.ts";
import { hostCommands } from "../remote/become-commands.ts";
import { END_LINE } from "../remote/end-line.ts";
import { killMsOf } from "../remote/kill-ms.ts";
import type { HeldBeam } from "../remote/session-keeper.ts";
import { killCommand } from "../remote/shell-command.ts";
import { CarriedServer } from "../ssh/carried-server.ts";
import type { CarrierLane } from "../ssh/carrier-lane.ts";
import type { ServedCommand } from "../ssh/served-command.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import type { SshTarget } from "../ssh/ssh-target.ts";
import { isDoneWithin } from "../waits/done-within.ts";
import type { SessionInfo, Wanted } from "./agent-message.ts";
import type { Lease } from "./lease.ts";
import { readHeldBeam } from "./read-held-beam.ts";

/** How long a BEAM may take to end after it was told to. */
const EXIT_GRACE_MS = 2000;

export interface SessionParts {
  /** Digests of what the connection and the BEAM are for. */
  readonly digest: string;
  readonly boot: string;
  readonly host: Host;
  readonly target: SshTarget;
  readonly connection: SshConnection;
}

/** An SSH connection, and the BEAM on it once a run has told of one. */
export class Session {
  /** Resolves when the connection has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** The run that may use it, whatever stands for it; undefined while it is held. */
  run: object | undefined;
  /** How long it is held; undefined before the end of its first run. */
  lease: Lease | undefined;
  readonly #parts: SessionParts;
  readonly #since = Date.now();
  #commands: ReadonlyMap<number, ServedCommand> = new Map();
  #beam: HeldBeam | undefined;
  #isServing = false;
  #ending: Promise<void> | undefined;

  constructor(parts: SessionParts, run: object) {
    this.#parts = parts;
    this.run = run;
    this.ended = parts.connection.closed.then(() => {});
  }

  /** Whether it is with whom somebody wants one. */
  suits({ connection, boot }: Wanted): boolean {
    const { digest, boot: own } = this.#parts;
    return digest === connection && (boot === null || boot === own);
  }

  /** Whether a run may take it, or end it to have another one. */
  isFreeFor(run: object): boolean {
    return (this.run === undefined || this.run === run) && !this.#isServing;
  }

  /** Whether there is something to be taken. */
  get isWhole(): boolean {
    return this.#beam !== undefined && this.#ending === undefined;
  }

  /** Whether there is no reason to hold it once no run uses it. */
  get isOver(): boolean {
    return this.lease?.isOver ?? true;
  }

  get beam(): HeldBeam | undefined {
    return this.#beam;
  }

  get host(): string {
    return this.#parts.host.name;
  }

  get info(): SessionInfo {
    const { host, target } = this.#parts;
    return {
      host: host.name,
      user: target.user,
      address: target.address,
      port: target.port,
      otp: this.#beam?.runtime.otp ?? null,
      pid: this.#beam?.pid ?? null,
      since: this.#since,
      until: this.lease === undefined ? null : Date.now() + this.lease.leftMs,
      inUse: this.run !== undefined,
    };
  }

  /** Lets a run use it over a lane, at once; what the run does not leave in order is ended. */
  async serve(lane: CarrierLane): Promise<void> {
    this.#isServing = true;
    const server = new CarriedServer(lane, this.#parts.connection, {
      commands: this.#commands,
      onNote: (note) => this.#note(note),
      onLost: () => this.#endBeam(),
    });
    this.#commands = server.commands;
    const end = await server.ended;
    this.#isServing = false;
    if (end.type !== "left") return;
    const command = this.#command;
    if (command === undefined) return this.end();
    // A BEAM that has ended is of no use to anybody.
    void command.exited.then(() => (this.#isServing ? undefined : this.end()));
  }

  /** Ends the BEAM and closes the connection. */
  async end(): Promise<void> {
    this.#ending ??= (async () => {
      await this.#endBeam();
      await this.#parts.connection[Symbol.asyncDispose]();
    })();
    await this.#ending;
  }

  #note(note: unknown): void {
    const beam = readHeldBeam(note);
    if (beam === undefined || this.#ending !== undefined) {
      throw new FusionPlayError(`Cannot hold the session of ${this.host}: it is not as it should be`, {
        code: "SESSIONS_FAILED",
      });
    }
    this.#beam = beam;
  }

  get #command(): ServedCommand | undefined {
    return this.#beam === undefined ? undefined : this.#commands.get(this.#beam.command);
  }

  async #endBeam(): Promise<void> {
    const command = this.#command;
    if (command === undefined || this.#beam === undefined) return;
    command.write(Buffer.from(`${END_LINE}\n`));
    command.close();
    if (await isDoneWithin(command.exited, EXIT_GRACE_MS)) return;
    const { host, connection } = this.#parts;
    const ms = killMsOf(host);
    const signal = AbortSignal.timeout(ms);
    // A host that does not answer any longer has lost the connection, too.
    await hostCommands(connection, host)
      .exec(killCommand(this.#beam.pid), { signal })
      .catch(() => {});
    await isDoneWithin(command.exited, ms);
  }
}
