import { randomInt } from "node:crypto";
import type { ByteStream } from "../bytes/byte-stream.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { FrameReader } from "../bytes/frames.ts";
import type { MessageMeter } from "../bytes/traffic-meter.ts";
import { FusionPlayError } from "../errors.ts";
import { decodeControlMessage, encodeControlMessage, type ControlMessage } from "./control-message.ts";
import { initiate, onMessageToInitiator, type InitiatorState, type OwnNode } from "./handshake.ts";
import { HandshakeError } from "./handshake-error.ts";
import {
  decodeHandshakeMessage,
  encodeHandshakeMessage,
  type HandshakeMessage,
} from "./handshake-message.ts";

export interface ConnectionOptions {
  /** Our side, but for the challenge, which each connection draws anew. */
  own: Omit<OwnNode, "challenge">;
  /** Full name of the node that must answer. */
  expectedName: string;
  /** Ends the handshake early; a connection that was handed out is ended by disposing of it. */
  signal: AbortSignal;
  /**
   * Of a stream over which the peer has proved already who it is: how long its acknowledgement of the handshake may take,
   * in milliseconds. The initiator hands the connection out as soon as it has answered the challenge, so that requests
   * go out with the answer. Messages of the peer are handed out after its acknowledgement, which is checked as
   * ever: a wrong one, or none, ends the connection.
   *
   * @default the connection is handed out once it is acknowledged
   */
  acknowledgeMs?: number;
  /**
   * How long the peer lets us be silent, in milliseconds; ticks go out four times as often.
   *
   * @default 20000
   */
  tickTimeMs?: number;
  /**
   * How long a connected peer may be silent, in milliseconds. A node whose schedulers are busy with
   * functions that never yield does not get to its ticks for a while.
   *
   * @default 60000
   */
  maxSilenceMs?: number;
  /**
   * Size of the largest message that is taken, in bytes.
   *
   * @default 256 MiB
   */
  maxMessageBytes?: number;
  /**
   * How many bytes of answers to what the peer asks of its own accord may wait for it to read.
   *
   * @default 64 MiB
   */
  maxUnreadBytes?: number;
  /** Counts messages. */
  meter?: Pick<MessageMeter, "asked" | "told"> | undefined;
}

/** Gets the messages of a connection, and the size of each in bytes; what it throws ends the connection. */
export type OnMessage = (message: ControlMessage, bytes: number) => void;

type OwnMessage = Exclude<ControlMessage, { type: "other" }>;

const DEFAULT_TICK_TIME_MS = 20_000;
/** As long as between nodes of OTP: the default of `net_ticktime`. */
const DEFAULT_MAX_SILENCE_MS = 60_000;
const DEFAULT_MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
const DEFAULT_MAX_UNREAD_BYTES = 64 * 1024 * 1024;
/** Nodes do not compress what they send; little on the wire could be much to inflate. */
const LIMITS = { maxInflatedBytes: 0 } as const;
const MAX_HANDSHAKE_BYTES = 2048;
/** What is kept of a peer before somebody listens: ticks, and little else. */
const MAX_UNHEARD_BYTES = 1024 * 1024;
const MAX_CHALLENGE = 2 ** 32;
const TICK = Uint8Array.of(0, 0, 0, 0);

/** A distribution connection to one node: the handshake, then messages and ticks. */
export class DistConnection implements Disposable {
  /** Resolves with the reason when the connection has ended; undefined after a disposal. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  readonly #stream: ByteStream;
  readonly #options: ConnectionOptions;
  readonly #own: OwnNode;
  readonly #frames = new FrameReader(2, MAX_HANDSHAKE_BYTES);
  /** Whether it may be handed out. */
  readonly #usable = deferred<void>();
  readonly #closed = deferred<Error | undefined>();
  /** Undefined once it is done. */
  #handshake: InitiatorState | undefined;
  #onMessage: OnMessage | undefined;
  #isClosed = false;
  #sentSinceTick = true;
  #lastReceivedAt = 0;
  /** Bytes of answers that the network has not taken yet, at most. */
  #unreadBytes = 0;
  #ticker: NodeJS.Timeout | undefined;
  /** Ends the wait for an acknowledgement after the connection was handed out. */
  #acknowledgement: NodeJS.Timeout | undefined;

  private constructor(stream: ByteStream, options: ConnectionOptions, handshake: InitiatorState) {
    this.#stream = stream;
    this.#options = options;
    this.#own = { ...options.own, challenge: randomInt(MAX_CHALLENGE) };
    this.#handshake = handshake;
    this.closed = this.#closed.promise;
  }

  /**
   * Does the handshake as initiator (node A).
   *
   * @throws {HandshakeError} or the signal's reason
   */
  static async initiate(stream: ByteStream, options: ConnectionOptions): Promise<DistConnection> {
    const first = initiate({ ...options.own, challenge: 0 }, options.expectedName);
    const connection = new DistConnection(stream, options, first.state);
    connection.#send(first.replies);
    await connection.#open();
    return connection;
  }

  /** Starts to hand messages out; called once, those that came before are handed out first. */
  listen(onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    this.#receive();
  }

  /** Sends a message; ignored once the connection has ended. */
  send(message: OwnMessage): void {
    if (this.#isClosed) return;
    this.#write(encodeControlMessage(message));
    this.#options.meter?.asked();
  }

  /**
   * Sends what the peer has asked for of its own accord. A peer that asks on and on and does not read loses
   * the connection, and so does one that wants an answer which cannot be sent.
   */
  answer(message: OwnMessage): void {
    if (this.#isClosed) return;
    this.#unreadBytes = Math.min(this.#unreadBytes, this.#stream.queuedBytes);
    if (this.#unreadBytes > (this.#options.maxUnreadBytes ?? DEFAULT_MAX_UNREAD_BYTES)) {
      return this.#end(violation(new Error("it does not read the answers to what it asks")));
    }
    try {
      const parts = encodeControlMessage(message);
      for (const part of parts) this.#unreadBytes += part.byteLength;
      this.#write(parts);
      this.#options.meter?.asked();
    } catch (error) {
      this.#end(violation(error as Error));
    }
  }

  [Symbol.dispose](): void {
    this.#end(undefined);
  }

  #write(parts: readonly Uint8Array[]): void {
    this.#sentSinceTick = true;
    for (const part of parts) this.#stream.write(part);
  }

  async #open(): Promise<void> {
    const { signal } = this.#options;
    const onAbort = (): void => this.#end(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#stream.listen({
      onBytes: (chunk) => {
        this.#lastReceivedAt = performance.now();
        this.#frames.add(chunk);
        this.#receive();
      },
      onEnd: (error) => this.#end(lost("it was closed by the other side", error)),
    });
    try {
      await this.#usable.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    if (!this.#isClosed) this.#startTicking();
  }

  #receive(): void {
    try {
      while (!this.#isClosed) {
        // Once connected, frames wait for somebody to listen.
        if (this.#handshake === undefined && this.#onMessage === undefined) return this.#checkUnheard();
        const frame = this.#frames.next();
        if (frame === undefined) return;
        if (this.#handshake !== undefined) this.#onHandshakeFrame(this.#handshake, frame);
        // An empty frame is a tick.
        else if (frame.byteLength > 0) {
          this.#options.meter?.told();
          this.#onMessage?.(decodeControlMessage(frame, LIMITS), frame.byteLength);
        }
      }
    } catch (error) {
      // Whatever it is: what one host sends must not be the end of the others.
      this.#end(error instanceof HandshakeError ? error : violation(error as Error));
    }
  }

  /** @throws {Error} more waits than a peer has to say whom nobody has asked anything */
  #checkUnheard(): void {
    const waiting = this.#frames.bufferedBytes;
    if (waiting > MAX_UNHEARD_BYTES) throw new Error("it says too much before it is asked");
  }

  #onHandshakeFrame(state: InitiatorState, frame: Uint8Array): void {
    if (this.#acknowledgement === undefined) this.#options.meter?.told();
    const step = onMessageToInitiator(state, decodeHandshakeMessage(frame, "acceptor"), this.#own);
    this.#handshake = step.state;
    this.#send(step.replies);
    if (step.state.phase === "awaiting_challenge_ack") this.#mayBeUsed();
    if (step.state.phase !== "connected") return;
    clearTimeout(this.#acknowledgement);
    this.#handshake = undefined;
    this.#frames.headerBytes = 4;
    this.#frames.maxFrameBytes = this.#options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    this.#usable.resolve();
  }

  /** Our digest was sent: who knows already that it is the peer that gets it need not wait for what it says. */
  #mayBeUsed(): void {
    const { acknowledgeMs } = this.#options;
    if (acknowledgeMs === undefined) return;
    this.#acknowledgement = setTimeout(
      () => this.#end(lost(`it did not acknowledge the handshake within ${acknowledgeMs / 1000} s`)),
      acknowledgeMs,
    );
    // A message of the handshake, whatever goes on when it comes.
    this.#options.meter?.told();
    this.#usable.resolve();
  }

  #send(messages: readonly HandshakeMessage[]): void {
    for (const message of messages) {
      this.#stream.write(encodeHandshakeMessage(message));
      this.#options.meter?.asked();
    }
  }

  #startTicking(): void {
    const { tickTimeMs = DEFAULT_TICK_TIME_MS, maxSilenceMs = DEFAULT_MAX_SILENCE_MS } = this.#options;
    this.#lastReceivedAt = performance.now();
    this.#ticker = setInterval(() => {
      if (performance.now() - this.#lastReceivedAt > maxSilenceMs) {
        this.#end(lost(`nothing was heard of it for ${maxSilenceMs / 1000} s`));
        return;
      }
      if (!this.#sentSinceTick) this.#stream.write(TICK);
      this.#sentSinceTick = false;
    }, tickTimeMs / 4);
  }

  #end(reason: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#acknowledgement);
    this.#stream.close();
    this.#usable.promise.catch(() => {}); // whoever waits in #open() gets it; nobody else need
    this.#usable.reject(reason ?? lost("it was closed here"));
    this.#closed.resolve(reason);
  }
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, "promise"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as unknown as Omit<Deferred<T>, "promise">) };
}

function lost(why: string, cause?: Error): FusionPlayError {
  return new FusionPlayError(`Cannot reach the node any longer: ${why}`, { code: "NODE_LOST", cause });
}

function violation(cause: Error): FusionPlayError {
  const isDecodeError = cause instanceof DecodeError;
  return new FusionPlayError(`Cannot ${isDecodeError ? "understand" : "serve"} the node: ${cause.message}`, {
    code: "PROTOCOL_VIOLATION",
    hint: isDecodeError
      ? "Check what the function returns and prints, and that nothing else answers on the host's loopback ports"
      : undefined,
    cause,
  });
}
