import type { Duplex } from "node:stream";
import type {
  Client,
  ClientChannel,
  ExecOptions as Ssh2ExecOptions,
  PseudoTtyOptions,
  SFTPWrapper,
  TcpConnectionDetails,
} from "ssh2";

import type { PacedStream } from "../bytes/paced-stream.ts";
import { channelCommand } from "./channel-command.ts";
import { ChannelStream } from "./channel-stream.ts";
import { gatherCredentials } from "./credentials.ts";
import { FORWARDING_HINT } from "./forwarding-hint.ts";
import { openHostKeyCheck } from "./host-key-check.ts";
import { printable } from "./printable.ts";
import { SftpSession } from "./sftp-session.ts";
import { uploadFiles } from "./sftp-upload.ts";
import { dialTcp } from "./dial-tcp.ts";
import type {
  Destination,
  ExecOptions,
  FileUpload,
  Login,
  RemoteCommand,
  ReverseTunnel,
  SshConnection,
  WaitOptions,
} from "./ssh-connection.ts";
import { SshError, type RetryAdvice } from "./ssh-error.ts";
import { describeTarget, type SshTarget } from "./ssh-target.ts";
import { connectionLost, seconds, type LoginPhase } from "./ssh2-failure.ts";
import { login, type Dial, type LoggedIn } from "./ssh2-login.ts";

export interface ConnectSsh2Options extends WaitOptions {
  /** Told when a phase begins. */
  readonly onPhase?: ((phase: LoginPhase) => void) | undefined;
  /**
   * Makes the stream to the server.
   *
   * @default a TCP connection to the target's address
   */
  readonly dial?: Dial;
  /** What the stream needs: disposed of after the connection. */
  readonly below?: AsyncDisposable;
}

/**
 * Logs in to a host with the ssh2 package.
 *
 * @throws {SshError} what went wrong in which phase, or the signal's reason
 */
export async function connectSsh2(
  target: SshTarget,
  { signal, onPhase = () => {}, dial = () => dialTcp(target), below }: ConnectSsh2Options,
): Promise<SshConnection> {
  signal.throwIfAborted();
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  try {
    const [credentials, hostKeyCheck] = await Promise.all([
      gatherCredentials(target, both),
      openHostKeyCheck(target),
    ]);
    signal.throwIfAborted();
    const options = { credentials, hostKeyCheck, signal, onPhase, dial };
    return await login(target, options, (opened) => new Ssh2Connection(target, { ...opened, below }));
  } finally {
    over.abort(OVER); // what still asks the agent
  }
}

/** A reason of its own for each host would be an error with a stack trace. */
const OVER = new Error("The login is over");
/** How long the server gets to hang up after we said goodbye. */
const GOODBYE_MS = 1000;
/** Lines of any length stay in one piece, and nothing that is typed is shown. */
const TERMINAL: PseudoTtyOptions = { term: "dumb", rows: 24, cols: 4000, modes: { ECHO: 0, ECHONL: 0 } };
const LOOPBACK = "127.0.0.1";

interface Parts extends LoggedIn {
  readonly below: AsyncDisposable | undefined;
}

class Ssh2Connection implements SshConnection {
  readonly closed: Promise<SshError | undefined>;
  readonly login: Login;
  readonly #target: SshTarget;
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #below: AsyncDisposable | undefined;
  readonly #tunnels = new Map<number, (stream: PacedStream) => void>();
  /** Called with the reason when the connection ends: requests that wait for an answer. */
  readonly #waiting = new Set<(error: SshError) => void>();
  #forwardsAgent: boolean;
  #state: "open" | "disposed" | "lost" = "open";
  #lost: SshError | undefined;
  /** For channels, which outlive what opened them and shall not hold on to it. */
  readonly #reason = (): SshError | undefined => this.#lost;

  constructor(target: SshTarget, { client, socket, proof, roundTrips, below }: Parts) {
    this.#target = target;
    this.login = { user: target.user, proof, roundTrips };
    this.#client = client;
    this.#socket = socket;
    this.#below = below;
    this.#forwardsAgent = target.forwardedAgent !== undefined;
    let cause: unknown;
    client.on("error", (error) => {
      cause ??= error;
    });
    this.closed = new Promise((resolve) => {
      client.on("close", () => {
        if (this.#state === "open") {
          this.#state = "lost";
          this.#lost = connectionLost(target, cause);
        }
        this.#waiting.forEach((reject) => reject(this.#gone()));
        resolve(this.#lost);
      });
    });
    client.on("tcp connection", (details, accept, reject) => this.#onTcpConnection(details, accept, reject));
  }

  async exec(command: string, { signal, hasTerminal = false }: ExecOptions): Promise<RemoteCommand> {
    let channel: ClientChannel | undefined;
    return await this.#request<RemoteCommand>({
      action: "run a command",
      signal,
      start: (done) =>
        this.#exec(command, hasTerminal ? { pty: TERMINAL } : {}, (error, opened) => {
          if (error) return done(error);
          channel = opened;
          // At once, and not after an await: a brief command may have ended in the same packet.
          done(undefined, channelCommand(opened, { lost: this.#reason, closed: this.closed }));
        }),
      discard: () => channel?.close(),
      refused: (error) => ({
        code: "SSH_EXEC_REFUSED",
        state: `the server refused it (${error.message})`,
        hint: "Check MaxSessions, ForceCommand and the login shell on the host",
      }),
    });
  }

  /** Asks to forward the agent, where that is wanted; a server that refuses it runs the command without. */
  #exec(
    command: string,
    options: Ssh2ExecOptions,
    done: (error: Error | undefined, channel: ClientChannel) => void,
  ): void {
    if (!this.#forwardsAgent) return void this.#client.exec(command, options, done);
    const withAgent: Ssh2ExecOptions & { agentForward: boolean } = { ...options, agentForward: true };
    this.#client.exec(command, withAgent, (error, channel) => {
      if (error?.message !== "Unable to request agent forwarding") return done(error, channel);
      this.#forwardsAgent = false;
      this.#client.exec(command, options, done);
    });
  }

  async reverseTunnel(
    onStream: (stream: PacedStream) => void,
    { signal }: WaitOptions,
  ): Promise<ReverseTunnel> {
    const remotePort = await this.#request<number>({
      action: "open a reverse tunnel",
      signal,
      start: (done) =>
        this.#client.forwardIn(LOOPBACK, 0, (error, port) => {
          // At once, and not after an await: the first connection may be in the same packet.
          if (!error) this.#tunnels.set(port, onStream);
          done(error, port);
        }),
      discard: (late) => void this.#closeTunnel(late),
      refused: () => ({
        code: "SSH_FORWARDING_REFUSED",
        state: "the server refused it",
        hint: FORWARDING_HINT,
      }),
    });
    return { remotePort, [Symbol.asyncDispose]: () => this.#closeTunnel(remotePort) };
  }

  async forwardStream(port: number, options: WaitOptions): Promise<PacedStream> {
    return await this.#forward(
      { address: LOOPBACK, port },
      {
        ...options,
        action: `reach port ${port}`,
        refused: (error) => forwardingRefusal(error, port),
      },
    );
  }

  async forwardTo(destination: Destination, options: WaitOptions): Promise<PacedStream> {
    const { address, port } = destination;
    return await this.#forward(destination, {
      ...options,
      action: `reach ${address.includes(":") ? `[${address}]` : address}:${port}`,
      refused: destinationRefusal,
    });
  }

  async #forward(
    { address, port }: Destination,
    request: Pick<Request<PacedStream>, "action" | "signal" | "refused">,
  ): Promise<PacedStream> {
    return await this.#request<PacedStream>({
      ...request,
      start: (done) =>
        this.#client.forwardOut(LOOPBACK, 0, address, port, (error, channel) =>
          error ? done(error) : done(undefined, this.#stream(channel)),
        ),
      discard: (late) => late.close(),
    });
  }

  async upload(files: readonly FileUpload[], { signal }: WaitOptions): Promise<void> {
    const sftp = await this.#request<SFTPWrapper>({
      action: "open SFTP",
      signal,
      start: (done) => this.#client.sftp((error, opened) => done(error, opened)),
      discard: (late) => late.end(),
      refused: (error) => ({
        code: "SSH_SFTP_REFUSED",
        state: `the server does not offer it (${error.message})`,
        hint: SFTP_HINT,
      }),
    });
    const silenceMs = this.#target.timeouts.requestMs;
    const host = describeTarget(this.#target);
    const failure = (state: "silent" | "ended"): SshError => {
      const how = state === "silent" ? `did not answer within ${seconds(silenceMs)}` : "ended the session";
      return new SshError(`Cannot upload files to ${host}: the SFTP server ${how}`, {
        code: "UPLOAD_FAILED",
      });
    };
    await using session = new SftpSession(sftp, { signal, silenceMs, failure });
    try {
      await uploadFiles(session, files, host);
    } catch (error) {
      // The end of the connection, which ends the session first, has a reason of its own.
      if (signal.aborted || this.#socket.writable) throw error;
      await this.closed;
      throw this.#gone();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "open") {
      this.#state = "disposed";
      this.#waiting.forEach((reject) => reject(this.#gone()));
      this.#client.end();
    }
    if (!this.#socket.closed) {
      const goodbye = setTimeout(() => this.#socket.destroy(), GOODBYE_MS);
      await this.closed;
      clearTimeout(goodbye);
      this.#socket.destroy();
    }
    await this.#below?.[Symbol.asyncDispose]();
  }

  #stream(channel: ClientChannel): PacedStream {
    // It carries one stream; what else a server sends would be kept for somebody who reads it.
    channel.stderr.resume();
    return new ChannelStream(channel, { lost: this.#reason, closes: "channel" });
  }

  #onTcpConnection(details: TcpConnectionDetails, accept: () => ClientChannel, reject: () => void): void {
    const onStream = details.destIP === LOOPBACK ? this.#tunnels.get(details.destPort) : undefined;
    if (onStream === undefined) reject();
    else onStream(this.#stream(accept()));
  }

  /** Never rejects: a tunnel that cannot be closed ends with the connection. */
  async #closeTunnel(port: number): Promise<void> {
    if (!this.#tunnels.delete(port) || this.#state !== "open") return;
    await this.#request<void>({
      action: "close a reverse tunnel",
      signal: AbortSignal.timeout(this.#target.timeouts.requestMs),
      start: (done) => this.#client.unforwardIn(LOOPBACK, port, (error) => done(error ?? undefined)),
      discard: () => {},
      refused: () => ({
        code: "SSH_FORWARDING_REFUSED",
        state: "the server refused it",
        hint: FORWARDING_HINT,
      }),
    }).catch(() => {});
  }

  #gone(): SshError {
    return (
      this.#lost ??
      new SshError(`Cannot use the connection to ${describeTarget(this.#target)}: it is closed`, {
        code: "SSH_CONNECTION_LOST",
      })
    );
  }

  /** Sends a request and waits for its answer, the deadline, the signal or the end of the connection. */
  async #request<T>(request: Request<T>): Promise<T> {
    const { action, signal, start, discard, refused } = request;
    signal.throwIfAborted();
    if (this.#state !== "open") throw this.#gone();
    const { requestMs } = this.#target.timeouts;
    const describe = (state: string): string =>
      `Cannot ${action} on ${describeTarget(this.#target)}: ${state}`;

    let release = (): void => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        let answered = false;
        const onAbort = (): void => reject(signal.reason as Error);
        const timer = setTimeout(() => {
          reject(
            new SshError(describe(`no answer within ${seconds(requestMs)}`), { code: "SSH_CONNECTION_LOST" }),
          );
        }, requestMs);
        signal.addEventListener("abort", onAbort);
        this.#waiting.add(reject);
        release = () => {
          answered = true;
          clearTimeout(timer);
          signal.removeEventListener("abort", onAbort);
          this.#waiting.delete(reject);
        };
        // On a socket that ends, requests are refused for no reason of theirs: they wait for its close, which
        // has the reason.
        if (!this.#socket.writable) return;
        start((error, value) => {
          if (!error && answered) return discard(value as T);
          if (!error) return resolve(value as T);
          if (!this.#socket.writable) return;
          const { state, ...details } = refused(error);
          reject(new SshError(describe(state), { ...details, cause: error }));
        });
      });
    } finally {
      release();
    }
  }
}

interface Request<T> {
  /** Reads on after "Cannot". */
  readonly action: string;
  readonly signal: AbortSignal;
  readonly start: (done: (error: Error | undefined, value?: T) => void) => void;
  /** Gets an answer that came after everybody had given up. */
  readonly discard: (late: T) => void;
  readonly refused: (error: Error) => Refusal;
}

interface Refusal {
  readonly code: "SSH_CONNECT_FAILED" | "SSH_EXEC_REFUSED" | "SSH_FORWARDING_REFUSED" | "SSH_SFTP_REFUSED";
  readonly state: string;
  readonly hint: string;
  readonly retry?: RetryAdvice;
}

const SFTP_HINT =
  "Allow it on the host: Subsystem sftp internal-sftp in sshd_config, and MaxSessions greater than 1";

/** @see https://www.rfc-editor.org/rfc/rfc4254#section-5.1 */
const OPEN_CONNECT_FAILED = 2;

function forwardingRefusal(error: Error & { reason?: unknown }, port: number): Refusal {
  return error.reason === OPEN_CONNECT_FAILED
    ? {
        code: "SSH_CONNECT_FAILED",
        state: "nothing answers there",
        hint: `Check that something listens on 127.0.0.1:${port} of the host`,
      }
    : { code: "SSH_FORWARDING_REFUSED", state: "the server refused the tunnel", hint: FORWARDING_HINT };
}

function destinationRefusal(error: Error & { reason?: unknown }): Refusal {
  return error.reason === OPEN_CONNECT_FAILED
    ? {
        code: "SSH_CONNECT_FAILED",
        state: printable(error.message.replace(/^.*Channel open failure: /u, "")),
        hint: "Check that sshd listens there, and that the host before it may reach it",
        retry: "soon",
      }
    : { code: "SSH_FORWARDING_REFUSED", state: "the server refused the tunnel", hint: FORWARDING_HINT };
}
