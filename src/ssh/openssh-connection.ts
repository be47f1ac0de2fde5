import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createServer, type Server } from "node:net";
import { join } from "node:path";

import type { PacedStream } from "../bytes/paced-stream.ts";
import { DuplexStream } from "./duplex-stream.ts";
import { askedOf, sharedArguments, type BastionSocket } from "./openssh-arguments.ts";
import { FORWARDING_HINT } from "./forwarding-hint.ts";
import { OpensshMaster } from "./openssh-master.ts";
import { uploadByCommand } from "./openssh-upload.ts";
import { notReached } from "./not-reached.ts";
import { printable } from "./printable.ts";
import type {
  CommandExit,
  Destination,
  ExecOptions,
  FileUpload,
  Login,
  RemoteCommand,
  ReverseTunnel,
  SshConnection,
  WaitOptions,
} from "./ssh-connection.ts";
import { SshError } from "./ssh-error.ts";
import { describeTarget, type SshTarget } from "./ssh-target.ts";
import type { Backend } from "./connector.ts";
import { isDoneWithin } from "../waits/done-within.ts";
import { within } from "../waits/within.ts";

/**
 * Logs in to a host with OpenSSH's `ssh`, which knows certificates and hardware keys, and all of its config. Passwords
 * and passphrases it asks us for; nobody else is asked.
 */
export const opensshBackend: Backend<OpensshConnection> = async (target, { signal, onPhase }, way) => {
  onPhase?.("connect");
  const master = await OpensshMaster.start(target, { signal, bastion: way?.connection.way }).catch(
    (error: unknown) => {
      throw way === undefined ? error : behindBastion(target, error);
    },
  );
  return new OpensshConnection(master, target, way);
};

/** Before the host has answered, what went wrong may have done so on the way. */
function behindBastion(target: SshTarget, error: unknown): unknown {
  const isOfWay = error instanceof SshError && error.code === "SSH_CONNECT_FAILED";
  return isOfWay ? notReached(target, error, error.retry) : error;
}

const LOOPBACK = "127.0.0.1";
/** How `ssh` exits for reasons of its own; a command may do the same. */
const SSH_FAILED = 255;
const LOSS_MS = 1000;

/** A connection that is held by `ssh`: everything in it is another `ssh` that goes through its control socket. */
export class OpensshConnection implements SshConnection {
  readonly closed: Promise<SshError | undefined>;
  readonly login: Login;
  readonly #master: OpensshMaster;
  readonly #target: SshTarget;
  readonly #host: string;
  readonly #below: AsyncDisposable | undefined;
  readonly #running: Set<ChildProcess> = new Set();
  readonly #servers: Set<Server> = new Set();
  #tunnels = 0;
  #end: { error: SshError | undefined } | undefined;

  /** @param below what the connection needs: disposed of after it */
  constructor(master: OpensshMaster, target: SshTarget, below: AsyncDisposable | undefined) {
    this.#master = master;
    this.#target = target;
    this.#host = askedOf(target);
    this.#below = below;
    this.login = { user: target.user, proof: master.proof };
    this.closed = master.closed.then((error) => {
      this.#end = { error };
      return error;
    });
    void this.closed.then(() => this.#below?.[Symbol.asyncDispose]());
  }

  /** How a host behind this one is reached. */
  get way(): BastionSocket {
    return this.#master.way;
  }

  async exec(command: string, { signal, hasTerminal = false }: ExecOptions): Promise<RemoteCommand> {
    signal.throwIfAborted();
    const child = this.#start([hasTerminal ? "-tt" : "-T", "--", this.#host, command]);
    const lost = (): SshError | undefined => this.#end?.error;
    // By the end of standard output, all of standard error shall have been told.
    const stdio = new DuplexStream(child.stdout, child.stdin, { over: endOf(child), lost });
    return {
      stdio,
      onStderr: (listener) => void child.stderr.on("data", listener),
      exited: new Promise<CommandExit>((resolve) => {
        child.once("error", () => resolve({}));
        child.once("exit", (code) => {
          if (code === null) return resolve({});
          if (code !== SSH_FAILED) return resolve({ code });
          // Most often the connection has ended, of which the command may know first.
          const timer = setTimeout(() => resolve({ code }), LOSS_MS);
          void this.closed.then(() => {
            clearTimeout(timer);
            resolve({});
          });
        });
      }),
    };
  }

  async reverseTunnel(
    onStream: (stream: PacedStream) => void,
    { signal }: WaitOptions,
  ): Promise<ReverseTunnel> {
    signal.throwIfAborted();
    const path = join(this.#master.folder, `r${++this.#tunnels}`);
    const server = createServer({ allowHalfOpen: true }, (socket) =>
      onStream(new DuplexStream(socket, socket, { lost: () => this.#end?.error })),
    );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(path, resolve);
    });
    this.#servers.add(server);
    const stopListening = (): void => {
      this.#servers.delete(server);
      server.close();
    };
    // By these words the tunnel is closed again, too, although the port is known by then.
    const wanted = `${LOOPBACK}:0:${path}`;
    try {
      const told = await this.#ask(["-O", "forward", "-R", wanted], "open a reverse tunnel", signal);
      const remotePort = Number(told.trim());
      if (!Number.isInteger(remotePort) || remotePort <= 0) {
        throw this.#error("open a reverse tunnel", `ssh told no port: ${printable(told)}`);
      }
      return {
        remotePort,
        [Symbol.asyncDispose]: async () => {
          stopListening();
          await this.#cancelTunnel(wanted);
        },
      };
    } catch (error) {
      stopListening();
      throw error;
    }
  }

  /** Never rejects: a tunnel that cannot be closed ends with the connection. */
  async #cancelTunnel(wanted: string): Promise<void> {
    if (this.#end !== undefined) return;
    const bounded = AbortSignal.timeout(this.#target.timeouts.requestMs);
    await this.#ask(["-O", "cancel", "-R", wanted], "close a reverse tunnel", bounded).catch(() => {});
  }

  async forwardStream(port: number, options: WaitOptions): Promise<PacedStream> {
    return await this.forwardTo({ address: LOOPBACK, port }, options);
  }

  /** Whether it can be reached is known only when the stream ends. */
  async forwardTo({ address, port }: Destination, { signal }: WaitOptions): Promise<PacedStream> {
    signal.throwIfAborted();
    const child = this.#start(["-W", `[${address}]:${port}`, "--", this.#host]);
    let said = "";
    let arrived = false;
    child.stdout.once("data", () => (arrived = true));
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(-2000)));
    const refusal = (): SshError | undefined =>
      arrived || said === "" ? undefined : this.#error(`reach port ${port}`, printable(said.trim()));
    const lost = (): SshError | undefined => this.#end?.error ?? refusal();
    return new DuplexStream(child.stdout, child.stdin, { over: endOf(child), lost });
  }

  async upload(files: readonly FileUpload[], { signal }: WaitOptions): Promise<void> {
    const host = describeTarget(this.#target);
    const exec = (command: string): Promise<RemoteCommand> => this.exec(command, { signal });
    for (const file of files) await uploadByCommand(file, { host, signal, exec });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#servers.forEach((server) => server.close());
    await this.#master[Symbol.asyncDispose]();
    this.#running.forEach((child) => child.kill("SIGKILL"));
    await this.closed;
    await this.#below?.[Symbol.asyncDispose]();
  }

  get #shared(): readonly string[] {
    return sharedArguments(this.#master.socket);
  }

  #start(args: readonly string[]): ChildProcess & {
    stdin: NonNullable<ChildProcess["stdin"]>;
    stdout: NonNullable<ChildProcess["stdout"]>;
    stderr: NonNullable<ChildProcess["stderr"]>;
  } {
    // In a group of its own, as Ctrl-C is for us to deal with.
    const child = spawn("ssh", [...this.#shared, ...args], { stdio: "pipe", detached: true });
    this.#running.add(child);
    child.once("close", () => this.#running.delete(child)).on("error", () => {});
    return child;
  }

  async #ask(args: readonly string[], action: string, signal: AbortSignal): Promise<string> {
    return within(
      this.#target.timeouts.requestMs,
      [signal],
      (bounded) =>
        new Promise<string>((resolve, reject) => {
          const options = { signal: bounded, encoding: "utf8" as const };
          execFile("ssh", [...this.#shared, ...args, "--", this.#host], options, (error, stdout, stderr) => {
            if (error === null) resolve(stdout);
            else if (signal.aborted) reject(signal.reason as Error);
            else void this.#failure(action, printable(stderr.trim()) || error.message).then(reject);
          }).stdin?.end();
        }),
    );
  }

  /** Why a request failed: where nobody has refused it, the connection has most often ended, which may be told later. */
  async #failure(action: string, said: string): Promise<SshError> {
    if (!said.includes("forwarding request")) await isDoneWithin(this.closed, LOSS_MS);
    return this.#end?.error ?? this.#error(action, said);
  }

  #error(action: string, state: string): SshError {
    return new SshError(`Cannot ${action} on ${describeTarget(this.#target)}: ${state}`, {
      code: "SSH_FORWARDING_REFUSED",
      hint: FORWARDING_HINT,
    });
  }
}

/** Resolves when a process has ended, or did not start, and all that it has written is read. */
function endOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once("close", resolve).once("error", resolve));
}
