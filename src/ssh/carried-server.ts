import type { PacedStream } from "../bytes/paced-stream.ts";
import { failureOf } from "./carried-failure.ts";
import { FIRST_ACCEPTED, REQUEST_STEP, type CarriedReply, type CarriedRequest } from "./carried-message.ts";
import type { CarrierLane } from "./carrier-lane.ts";
import { ServedCommand } from "./served-command.ts";
import { ServedStream } from "./served-stream.ts";
import type { ReverseTunnel, SshConnection } from "./ssh-connection.ts";
import { SshError } from "./ssh-error.ts";

/** What is asked of the connection itself. */
type Work = Exclude<CarriedRequest, { type: "cancel" | "tell" | "leave" | "close" }>;

/** How the other side has ended its use of a connection. */
export type ServedEnd =
  /** It is closed. */
  | { readonly type: "closed" }
  /** What was open still is. */
  | { readonly type: "left" }
  /** Without a word, or the connection has ended: it is closed. */
  | { readonly type: "lost" };

export interface CarriedServerOptions {
  /** Commands that a former user has left. @default none */
  readonly commands?: ReadonlyMap<number, ServedCommand>;
  /**
   * Gets what the other side says of its use of the connection: while it goes on, and when it leaves it to others.
   *
   * @throws {FusionPlayError} why that is not taken
   * @default nothing is taken
   */
  readonly onNote?: (note: unknown, when: "tell" | "leave") => void;
  /** Ends what the other side, which is lost, has left running, before the connection is closed. @default nothing */
  readonly onLost?: () => Promise<void>;
}

/** Lets another process or thread use an SSH connection, over a lane of a carrier. It is closed when that one is gone. */
export class CarriedServer {
  /** Never rejects. */
  readonly ended: Promise<ServedEnd>;
  readonly #connection: SshConnection;
  readonly #options: CarriedServerOptions;
  readonly #lane: CarrierLane;
  readonly #commands: Map<number, ServedCommand>;
  readonly #streams = new Set<ServedStream>();
  readonly #tunnels = new Map<number, ReverseTunnel>();
  readonly #running = new Map<number, AbortController>();
  #nextAccepted = FIRST_ACCEPTED;
  #isOver = false;
  #tellEnd: (end: ServedEnd) => void = () => {};

  constructor(lane: CarrierLane, connection: SshConnection, options: CarriedServerOptions = {}) {
    this.#connection = connection;
    this.#options = options;
    this.#commands = new Map(options.commands);
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    this.#lane = lane;
    lane.listen({
      onMessage: (id, message) => this.#onRequest(id, message as CarriedRequest),
      onEnd: () => void this.#close("lost"),
    });
    this.#send(0, { type: "login", login: connection.login });
    void connection.closed.then((error) => {
      if (this.#isOver) return;
      this.#send(0, { type: "closed", failure: error === undefined ? undefined : failureOf(error) });
      void this.#close("lost");
    });
  }

  /** What runs for the other side, and what it was left. */
  get commands(): ReadonlyMap<number, ServedCommand> {
    return this.#commands;
  }

  #onRequest(id: number, request: CarriedRequest): void {
    switch (request.type) {
      case "cancel":
        return this.#running.get(id)?.abort(new Error("Nobody waits for it any longer"));
      case "tell":
      case "leave":
        return this.#onNote(id, request);
      case "close":
        return void this.#close("closed").then(() => {
          this.#send(id, { type: "done" });
          this.#lane.close();
        });
      default:
        void this.#answer(id, request);
    }
  }

  async #answer(id: number, request: Work): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      await this.#perform(id, request, controller.signal);
    } catch (error) {
      this.#send(id, { type: "failed", failure: failureOf(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #perform(id: number, request: Work, signal: AbortSignal): Promise<void> {
    const connection = this.#connection;
    switch (request.type) {
      case "exec": {
        const { command, hasTerminal } = request;
        return this.#begin(id, new ServedCommand(await connection.exec(command, { signal, hasTerminal })));
      }
      case "adopt": {
        const command = this.#commands.get(id);
        if (command === undefined) throw new Error(`No command ${id} was left`);
        return this.#begin(id, command);
      }
      case "listen": {
        const tunnel = await connection.reverseTunnel((stream) => this.#accept(id, stream), { signal });
        this.#tunnels.set(id, tunnel);
        return this.#send(id, { type: "listening", port: tunnel.remotePort });
      }
      case "unlisten":
        await this.#tunnels.get(id)?.[Symbol.asyncDispose]();
        this.#tunnels.delete(id);
        return this.#send(id, { type: "done" });
      case "forward":
        return this.#forwarded(id, await connection.forwardStream(request.port, { signal }));
      case "forward-to":
        return this.#forwarded(id, await connection.forwardTo(request.destination, { signal }));
      case "upload":
        await connection.upload(request.files, { signal });
        return this.#send(id, { type: "done" });
    }
  }

  #begin(id: number, command: ServedCommand): void {
    this.#commands.set(id, command);
    this.#send(id, { type: "done" });
    command.join(this.#lane.open(id), this.#lane.open(id + 1));
    void command.exited.then((exit) => {
      this.#commands.delete(id);
      this.#send(id, { type: "exit", exit });
    });
  }

  #forwarded(id: number, stream: PacedStream): void {
    this.#send(id, { type: "done" });
    this.#serve(id, stream);
  }

  #accept(tunnel: number, stream: PacedStream): void {
    if (this.#isOver) return stream.close();
    const id = this.#nextAccepted;
    this.#nextAccepted += REQUEST_STEP;
    this.#send(id, { type: "accepted", tunnel });
    this.#serve(id, stream);
  }

  #serve(id: number, stream: PacedStream): void {
    const served = new ServedStream(stream, () => this.#streams.delete(served));
    this.#streams.add(served);
    served.join(this.#lane.open(id));
  }

  #onNote(id: number, { type, note }: Extract<CarriedRequest, { note: unknown }>): void {
    try {
      (this.#options.onNote ?? refuseNotes)(note, type);
    } catch (error) {
      return this.#send(id, { type: "failed", failure: failureOf(error) });
    }
    this.#send(id, { type: "done" });
    if (type === "tell") return;
    this.#isOver = true;
    for (const stream of this.#streams) stream.cut();
    this.#cutCommands();
    this.#lane.close();
    this.#tellEnd({ type: "left" });
  }

  /** What runs does not end with the one who used it. */
  #cutCommands(): void {
    for (const command of this.#commands.values()) command.cut();
  }

  async #close(type: "closed" | "lost"): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const controller of this.#running.values()) controller.abort(new Error("Nobody waits any longer"));
    const { onLost } = this.#options;
    if (type === "lost" && onLost !== undefined) {
      this.#cutCommands();
      await onLost();
    }
    await this.#connection[Symbol.asyncDispose]();
    if (type === "lost") this.#lane.close();
    this.#tellEnd({ type });
  }

  #send(id: number, reply: CarriedReply): void {
    this.#lane.send(id, reply);
  }
}

function refuseNotes(): never {
  throw new SshError("Cannot leave the connection: nobody keeps it", { code: "SSH_CONNECTION_LOST" });
}
