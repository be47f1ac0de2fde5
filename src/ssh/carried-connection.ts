import { resolve as absolute } from "node:path";
import type { PacedStream } from "../bytes/paced-stream.ts";
import type { WindowedStream } from "../bytes/windowed-stream.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { errorOf } from "./carried-failure.ts";
import { REQUEST_STEP, type CarriedReply, type CarriedRequest } from "./carried-message.ts";
import type { CarrierLane } from "./carrier-lane.ts";
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

type Answer = Extract<CarriedReply, { type: "done" | "listening" }>;

interface Question<T> {
  readonly request: CarriedRequest;
  readonly signal?: AbortSignal;
  readonly id?: number;
  /** Told of the answer at once: what follows it may be in the same piece. */
  readonly answer: (answer: Answer) => T;
  /** Told of an answer that nobody waits for any longer. */
  readonly discard?: (late: T) => void;
}

/** How long whoever has the connection may take to close it. */
const CLOSE_MS = 10_000;
/** Characters of the paths that one message names, each of which has six bytes of JSON at most. */
const PATHS_PER_MESSAGE = 2 * 1024 * 1024;

/** An SSH connection that another process or thread has, and that is used over a lane of a carrier. */
export class CarriedConnection implements SshConnection {
  readonly closed: Promise<SshError | undefined>;
  readonly #lane: CarrierLane;
  readonly #waiting = new Map<number, (reply: CarriedReply) => void>();
  readonly #tunnels = new Map<number, (stream: PacedStream) => void>();
  readonly #exits = new Map<number, (exit: CommandExit) => void>();
  /** Of commands, by their ends, which stay what they are whatever is put around a command. */
  readonly #ids = new WeakMap<Promise<CommandExit>, number>();
  #nextId = REQUEST_STEP;
  readonly #ready: Promise<void>;
  #login: Login | undefined;
  #tellLogin: () => void = () => {};
  #tellClosed: (error: SshError | undefined) => void = () => {};
  #end: { readonly error: SshError | undefined } | undefined;

  private constructor(lane: CarrierLane, firstId: number) {
    this.#nextId = firstId;
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#tellLogin = resolve;
      void this.closed.then((error) => reject(error ?? lost(undefined)));
    });
    this.#ready.catch(() => {}); // told to whoever opens it
    this.#lane = lane;
    lane.listen({
      onMessage: (id, message) => this.#onReply(id, message as CarriedReply),
      onEnd: (error) => this.#ended(lost(error)),
    });
  }

  /**
   * Listens to the lane at once, and waits until the other side has a connection.
   *
   * @param options.firstId of those that requests get: above that of every stream which is to be adopted
   * @throws {SshError} `SSH_CONNECTION_LOST` if there will be none; or the signal's reason
   */
  static async open(
    lane: CarrierLane,
    { signal, firstId = REQUEST_STEP }: WaitOptions & { readonly firstId?: number },
  ): Promise<CarriedConnection> {
    const connection = new CarriedConnection(lane, firstId);
    try {
      await unlessAborted(connection.#ready, signal);
      return connection;
    } catch (error) {
      lane.close();
      throw error;
    }
  }

  get login(): Login {
    if (this.#login === undefined) throw new Error("The connection has not been opened");
    return this.#login;
  }

  /** The next id of a request: one that comes later on the same connection begins there. */
  get nextId(): number {
    return this.#nextId;
  }

  async exec(command: string, { signal, hasTerminal = false }: ExecOptions): Promise<RemoteCommand> {
    const id = this.#newId();
    const remote = this.#command(id);
    return this.#ask({
      id,
      request: { type: "exec", command, hasTerminal },
      signal,
      answer: () => remote,
      discard: () => remote.stdio.close(),
    });
  }

  /** The id by which another user of the connection may adopt a command, or what was made of it. */
  idOf({ exited }: Pick<RemoteCommand, "exited">): number | undefined {
    return this.#ids.get(exited);
  }

  /** Goes on with a command that a former user of the connection has left. */
  async adopt(id: number, { signal }: WaitOptions): Promise<RemoteCommand> {
    const remote = this.#command(id);
    return this.#ask({ id, request: { type: "adopt" }, signal, answer: () => remote });
  }

  #command(id: number): RemoteCommand {
    const stdio = this.#lane.open(id);
    const stderr = this.#lane.open(id + 1);
    const exited = new Promise<CommandExit>((resolve) => {
      this.#exits.set(id, resolve);
      void this.closed.then(() => resolve({}));
    });
    const onStderr: RemoteCommand["onStderr"] = (onBytes) =>
      stderr.listen({ onBytes, onEnd: () => stderr.close() });
    this.#ids.set(exited, id);
    return { stdio, onStderr, exited };
  }

  async reverseTunnel(
    onStream: (stream: PacedStream) => void,
    { signal }: WaitOptions,
  ): Promise<ReverseTunnel> {
    const id = this.#newId();
    const close = async (): Promise<void> => {
      if (!this.#tunnels.delete(id) || this.#end !== undefined) return;
      // One that cannot be closed ends with the connection.
      await this.#ask({ id, request: { type: "unlisten" }, answer: () => {} }).catch(() => {});
    };
    const remotePort = await this.#ask({
      id,
      request: { type: "listen" },
      signal,
      answer: (answer) => {
        this.#tunnels.set(id, onStream);
        return answer.type === "listening" ? answer.port : 0;
      },
      discard: () => void close(),
    });
    return { remotePort, [Symbol.asyncDispose]: close };
  }

  async forwardStream(port: number, { signal }: WaitOptions): Promise<PacedStream> {
    return this.#forward({ type: "forward", port }, signal);
  }

  async forwardTo(destination: Destination, { signal }: WaitOptions): Promise<PacedStream> {
    return this.#forward({ type: "forward-to", destination }, signal);
  }

  async #forward(request: CarriedRequest, signal: AbortSignal): Promise<PacedStream> {
    const id = this.#newId();
    const stream = this.#lane.open(id);
    return this.#ask({ id, request, signal, answer: () => stream, discard: (late) => late.close() });
  }

  async upload(files: readonly FileUpload[], { signal }: WaitOptions): Promise<void> {
    for (const some of inMessages(files)) {
      await this.#ask({ request: { type: "upload", files: some }, signal, answer: () => {} });
    }
  }

  /** Says what the connection is used for, as JSON, in case that we are lost. @throws {SshError} it is not taken */
  async tell(note: unknown, { signal }: WaitOptions): Promise<void> {
    await this.#ask({ request: { type: "tell", note }, signal, answer: () => {} });
  }

  /**
   * Leaves the connection open, with all that is open on it, to whoever uses it next.
   *
   * @param note what is told of it, as JSON
   * @throws {SshError} it is not taken back
   */
  async leave(note: unknown, { signal }: WaitOptions): Promise<void> {
    await this.#ask({ request: { type: "leave", note }, signal, answer: () => {} });
    this.#ended(undefined);
    this.#lane.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end === undefined) {
      const signal = AbortSignal.timeout(CLOSE_MS);
      const request = { type: "close" } as const;
      // What does not answer ends with its lane.
      await this.#ask({ request, signal, answer: () => this.#ended(undefined) }).catch(() => {});
    }
    this.#ended(undefined);
    this.#lane.close();
  }

  async #ask<T>({ request, signal, id = this.#newId(), answer, discard }: Question<T>): Promise<T> {
    const answered = new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#end !== undefined) throw this.#gone();
      this.#waiting.set(id, (reply) => {
        if (reply.type === "done" || reply.type === "listening") resolve(answer(reply));
        else reject(reply.type === "failed" ? errorOf(reply.failure) : this.#gone());
      });
      this.#lane.send(id, request);
    });
    try {
      return await (signal === undefined ? answered : unlessAborted(answered, signal));
    } catch (error) {
      if (signal?.aborted === true && this.#waiting.has(id)) this.#lane.send(id, { type: "cancel" });
      answered.then(discard, () => this.#forget(id));
      throw error;
    }
  }

  #forget(id: number): void {
    this.#lane.forget(id);
    this.#lane.forget(id + 1);
    this.#exits.delete(id);
  }

  #onReply(id: number, reply: CarriedReply): void {
    switch (reply.type) {
      case "login":
        this.#login = reply.login;
        return this.#tellLogin();
      case "done":
      case "listening":
      case "failed": {
        const waiting = this.#waiting.get(id);
        this.#waiting.delete(id);
        return waiting?.(reply);
      }
      case "accepted":
        return this.#onAccepted(id, reply.tunnel);
      case "exit":
        this.#exits.get(id)?.(reply.exit);
        this.#exits.delete(id);
        return;
      case "closed": {
        const error = reply.failure === undefined ? undefined : errorOf(reply.failure);
        this.#ended(error === undefined || error instanceof SshError ? error : lost(error));
      }
    }
  }

  #onAccepted(id: number, tunnel: number): void {
    const stream: WindowedStream = this.#lane.open(id);
    const onStream = this.#tunnels.get(tunnel);
    // The tunnel may have been closed just now.
    if (onStream === undefined) stream.close();
    else onStream(stream);
  }

  #ended(error: SshError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#tellClosed(error);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const tell of waiting) tell({ type: "closed", failure: undefined });
  }

  #gone(): SshError {
    return (
      this.#end?.error ??
      new SshError("Cannot use the connection: it is closed", { code: "SSH_CONNECTION_LOST" })
    );
  }

  #newId(): number {
    const id = this.#nextId;
    this.#nextId += REQUEST_STEP;
    return id;
  }
}

/** Files with absolute paths here, so many together as fit in a message. */
function* inMessages(files: readonly FileUpload[]): Iterable<readonly FileUpload[]> {
  let some: FileUpload[] = [];
  let length = 0;
  for (const file of files) {
    const from = absolute(file.from);
    some.push({ ...file, from });
    length += from.length + file.to.length;
    if (length < PATHS_PER_MESSAGE) continue;
    yield some;
    some = [];
    length = 0;
  }
  if (some.length > 0) yield some;
}

function lost(cause: Error | undefined): SshError {
  const why = cause === undefined ? "" : ` (${cause.message})`;
  return new SshError(`Cannot use the connection any longer: what held it has ended${why}`, {
    code: "SSH_CONNECTION_LOST",
    cause,
  });
}
