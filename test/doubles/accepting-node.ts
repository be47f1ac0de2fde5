import { randomInt } from "node:crypto";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import { FrameReader } from "../../src/bytes/frames.ts";
import type { OnMessage } from "../../src/dist/connection.ts";
import {
  decodeControlMessage,
  encodeControlMessage,
  type ControlMessage,
} from "../../src/dist/control-message.ts";
import { OFFERED_FLAGS } from "../../src/dist/flags.ts";
import {
  decodeHandshakeMessage,
  encodeHandshakeMessage,
  type HandshakeMessage,
} from "../../src/dist/handshake-message.ts";
import { genDigest, type OwnNode } from "../../src/dist/handshake.ts";

export interface AcceptOptions {
  readonly own: Omit<OwnNode, "challenge">;
  /** Full name of the node that must connect. */
  readonly expectedName: string;
  /** Ends the handshake early. */
  readonly signal: AbortSignal;
}

const MAX_HANDSHAKE_BYTES = 2048;
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
const TICK_MS = 15_000;

/**
 * The other end of a distribution connection: node B of the handshake. Our node is node A of every connection.
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#distribution-handshake
 */
export class AcceptingNode implements Disposable {
  readonly #stream: ByteStream;
  readonly #options: AcceptOptions;
  readonly #challenge: number = randomInt(2 ** 32);
  readonly #frames = new FrameReader(2, MAX_HANDSHAKE_BYTES);
  #onMessage: OnMessage | undefined;
  #isConnected = false;
  #ticker: NodeJS.Timeout | undefined;
  #settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  private constructor(stream: ByteStream, options: AcceptOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /** Does the handshake. */
  static async accept(stream: ByteStream, options: AcceptOptions): Promise<AcceptingNode> {
    const node = new AcceptingNode(stream, options);
    await node.#open();
    return node;
  }

  /** Starts to hand messages out; those that came before are handed out first. */
  listen(onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    this.#receive();
  }

  send(message: Exclude<ControlMessage, { type: "other" }>): void {
    for (const part of encodeControlMessage(message)) this.#stream.write(part);
  }

  [Symbol.dispose](): void {
    this.#end(new Error("It was closed here"));
  }

  async #open(): Promise<void> {
    const { signal } = this.#options;
    const connected = new Promise<void>((resolve, reject) => (this.#settle = { resolve, reject }));
    const onAbort = (): void => this.#end(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#stream.listen({
      onBytes: (chunk) => {
        this.#frames.add(chunk);
        this.#receive();
      },
      onEnd: (error) => this.#end(error ?? new Error("It was closed by the other side")),
    });
    await connected.finally(() => signal.removeEventListener("abort", onAbort));
    this.#ticker = setInterval(() => this.#stream.write(new Uint8Array(4)), TICK_MS);
  }

  #receive(): void {
    try {
      while (!this.#isConnected || this.#onMessage !== undefined) {
        const frame = this.#frames.next();
        if (frame === undefined) return;
        if (!this.#isConnected) this.#onHandshakeMessage(decodeHandshakeMessage(frame, "initiator"));
        // An empty frame is a tick.
        else if (frame.byteLength > 0) this.#onMessage?.(decodeControlMessage(frame), frame.byteLength);
      }
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #onHandshakeMessage(message: HandshakeMessage): void {
    const { expectedName, own } = this.#options;
    if (message.type === "send_name" && message.name === expectedName) {
      const { name, creation } = own;
      this.#say({ type: "send_status", status: "ok" });
      this.#say({ type: "send_challenge", flags: OFFERED_FLAGS, challenge: this.#challenge, creation, name });
      return;
    }
    if (
      message.type !== "send_challenge_reply" ||
      !genDigest(this.#challenge, own.cookie).every((byte, at) => message.digest[at] === byte)
    ) {
      throw new Error(`The other node sent a wrong ${message.type}`);
    }
    this.#say({ type: "send_challenge_ack", digest: genDigest(message.challenge, own.cookie) });
    this.#isConnected = true;
    this.#frames.headerBytes = 4;
    this.#frames.maxFrameBytes = MAX_MESSAGE_BYTES;
    this.#settle?.resolve();
  }

  #say(message: HandshakeMessage): void {
    this.#stream.write(encodeHandshakeMessage(message));
  }

  #end(reason: Error): void {
    clearInterval(this.#ticker);
    this.#stream.close();
    this.#settle?.reject(reason);
  }
}
