import type { PacedStream } from "../bytes/paced-stream.ts";
import type { Host } from "../inventory/inventory.ts";
import type {
  Destination,
  ExecOptions,
  FileUpload,
  Login,
  RemoteCommand,
  ReverseTunnel,
  SshConnection,
  WaitOptions,
} from "../ssh/ssh-connection.ts";
import { SshError } from "../ssh/ssh-error.ts";
import { becomeOf } from "./become-command.ts";
import { BECOME_MS, hostCommands } from "./become-commands.ts";
import { withDeadline } from "./deadline.ts";
import type { ErlSource } from "./find-erl-script.ts";
import { killMsOf } from "./kill-ms.ts";
import { StdioRelay } from "./stdio-relay.ts";

export interface StdioConnectionOptions {
  readonly host: Host;
  readonly erl: ErlSource;
  /** How long the relay may take to start. */
  readonly startMs: number;
  readonly signal: AbortSignal;
  /** What is closed with it. @default nothing: whoever opened the SSH connection closes it */
  readonly below?: AsyncDisposable;
}

/** An SSH connection whose server forwards nothing, and a relay on the host that stands in for that. */
export class StdioConnection implements SshConnection {
  /** Also when the relay ended, without which the rest is of no use. */
  readonly closed: Promise<SshError | undefined>;
  readonly #ssh: SshConnection;
  readonly #relay: StdioRelay;
  readonly #below: AsyncDisposable | undefined;

  private constructor(ssh: SshConnection, relay: StdioRelay, below: AsyncDisposable | undefined) {
    this.#ssh = ssh;
    this.#relay = relay;
    this.#below = below;
    this.closed = Promise.race([
      ssh.closed,
      relay.ended.then((error) =>
        error instanceof SshError
          ? error
          : new SshError(error.message, { code: "SSH_CONNECTION_LOST", hint: error.hint, cause: error }),
      ),
    ]);
  }

  /**
   * Starts the relay, as the user that the BEAM runs as.
   *
   * @throws {FusionPlayError} `TIMEOUT`, and what {@linkcode StdioRelay.start} throws
   */
  static async open(
    ssh: SshConnection,
    { host, erl, startMs, signal, below }: StdioConnectionOptions,
  ): Promise<StdioConnection> {
    const ms = startMs + (becomeOf(host) === undefined ? 0 : BECOME_MS);
    try {
      const relay = await withDeadline({ phase: "tunnel", host: host.name, ms, signal }, (inner) =>
        StdioRelay.start(hostCommands(ssh, host), {
          host: host.name,
          erl,
          killMs: killMsOf(host),
          signal: inner,
        }),
      );
      return new StdioConnection(ssh, relay, below);
    } catch (error) {
      await below?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  get login(): Login {
    return this.#ssh.login;
  }

  async exec(command: string, options: ExecOptions): Promise<RemoteCommand> {
    return this.#ssh.exec(command, options);
  }

  async reverseTunnel(onStream: (stream: PacedStream) => void, options: WaitOptions): Promise<ReverseTunnel> {
    return this.#relay.reverseTunnel(onStream, options);
  }

  async forwardStream(port: number, options: WaitOptions): Promise<PacedStream> {
    return this.#relay.forwardStream(port, options);
  }

  async forwardTo(destination: Destination, options: WaitOptions): Promise<PacedStream> {
    return this.#ssh.forwardTo(destination, options);
  }

  async upload(files: readonly FileUpload[], options: WaitOptions): Promise<void> {
    return this.#ssh.upload(files, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
    await this.#below?.[Symbol.asyncDispose]();
  }
}
