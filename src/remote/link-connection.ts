import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { ByteStream } from "../bytes/byte-stream.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { FrameReader, type FramePart } from "../bytes/frames.ts";
import { TrafficMeter, type MessageMeter } from "../bytes/traffic-meter.ts";
import { FusionPlayError } from "../errors.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";

export interface LinkGreeting {
  /** What both sides know and nobody else on the host. */
  readonly token: string;
  /** Full name of our node. */
  readonly nodeName: string;
  /** How many frames with data of the host are here. */
  readonly received: number;
  /** Frames that go out with our proof, without waiting for that of the host: nothing in them is secret. */
  readonly first?: readonly (readonly Uint8Array[])[];
  readonly signal: AbortSignal;
  /** Counts messages, and how often it is waited for them. @default nobody does */
  readonly meter?: MessageMeter;
}

/** What a {@linkcode LinkConnection} tells whoever listens to it. */
export interface LinkListener {
  /** Gets frames as they arrive, those of some kilobytes whole; what it throws ends the connection. */
  onPart(part: FramePart): void;
  onEnd(error: Error | undefined): void;
}

/** The other side of a link has ended it, or is not the one that it was. */
export class LinkRefused extends Error {}

const HEADER_BYTES = 4;
const NONCE_BYTES = 16;
const DIGEST_BYTES = 16;
const COUNT_BYTES = 8;
/** Those of the host are far smaller. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** One connection of a link to a host, of which there may be several after another: frames with their length. */
export class LinkConnection {
  readonly #stream: ByteStream;
  readonly #frames = new FrameReader(HEADER_BYTES, MAX_FRAME_BYTES);
  #listener: LinkListener | undefined;
  #end: { readonly error: Error | undefined } | undefined;
  #received = 0;
  #tellEnded: () => void = () => {};
  /** Resolves when the host has ended the connection, or it was lost. */
  readonly ended: Promise<void>;

  private constructor(stream: ByteStream) {
    this.#stream = stream;
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    stream.listen({
      onBytes: (chunk) => {
        if (this.#end !== undefined) return;
        this.#frames.add(chunk);
        this.#deliver();
      },
      onEnd: (error) => this.#ended(error),
    });
  }

  /**
   * Proves to the host who we are, and has it prove who it is. A stream that does not become a connection is
   * closed.
   *
   * @throws {LinkRefused} the host hung up, or does not know the token
   */
  static async open(stream: ByteStream, greeting: LinkGreeting): Promise<LinkConnection> {
    const connection = new LinkConnection(stream);
    try {
      await connection.#greet(greeting);
      return connection;
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  async #greet({
    token,
    nodeName,
    received,
    first = [],
    signal,
    meter = new TrafficMeter(),
  }: LinkGreeting): Promise<void> {
    const nonce = await meter.wait(this.#next(signal));
    meter.told();
    if (nonce.byteLength !== NONCE_BYTES) throw new LinkRefused("something else listens on its port");
    if (this.#end?.error !== undefined) throw this.#end.error;
    const own = randomBytes(NONCE_BYTES);
    const answer = Buffer.alloc(NONCE_BYTES + DIGEST_BYTES + COUNT_BYTES);
    own.copy(answer);
    digest("controller", token, nonce, own).copy(answer, NONCE_BYTES);
    answer.writeBigUInt64BE(BigInt(received), NONCE_BYTES + DIGEST_BYTES);
    this.send(frameOf(answer, Buffer.from(nodeName)));
    for (const frame of first) this.send(frame);
    meter.asked();
    const proof = Buffer.from(await meter.wait(this.#next(signal)));
    meter.told();
    const isProven =
      proof.byteLength === DIGEST_BYTES + COUNT_BYTES &&
      timingSafeEqual(proof.subarray(0, DIGEST_BYTES), digest("host", token, own, nonce));
    if (!isProven) throw new LinkRefused("it does not prove who it is");
    this.#received = Number(proof.readBigUInt64BE(DIGEST_BYTES));
  }

  /** How many frames with data the host has got from us, as it says. */
  get received(): number {
    return this.#received;
  }

  /** Hands out frames from now on, those first that came before. */
  listen(listener: LinkListener): void {
    this.#listener = listener;
    this.#deliver();
  }

  /** @param frame in parts, with its length */
  send(frame: readonly Uint8Array[]): void {
    for (const part of frame) this.#stream.write(part);
  }

  get queuedBytes(): number {
    return this.#stream.queuedBytes;
  }

  close(): void {
    this.#stream.close();
  }

  async #next(signal: AbortSignal): Promise<Uint8Array> {
    const frame = new Promise<Uint8Array>((resolve, reject) => {
      this.listen({
        onPart: ({ bytes }) => {
          this.#listener = undefined;
          resolve(bytes);
        },
        onEnd: (error) => reject(error ?? new LinkRefused("it has hung up")),
      });
    });
    frame.catch(() => {}); // nobody may be waiting any longer
    return unlessAborted(frame, signal);
  }

  #deliver(): void {
    try {
      while (this.#listener !== undefined) {
        const part = this.#frames.nextPart();
        if (part === undefined) break;
        this.#listener.onPart(part);
      }
    } catch (error) {
      this.#stream.close();
      return this.#ended(error instanceof DecodeError ? linkViolation(error.message) : (error as Error));
    }
    if (this.#end !== undefined) this.#tellEnd();
  }

  #ended(error: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#tellEnded();
    this.#tellEnd();
  }

  #tellEnd(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onEnd(this.#end?.error);
  }
}

/** A frame of these bytes, as one part where it is small. */
export function frameOf(...content: readonly Uint8Array[]): Uint8Array[] {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(content.reduce((sum, part) => sum + part.byteLength, 0));
  const [last] = content.slice(-1);
  return last !== undefined && last.byteLength > LOOSE_BYTES
    ? [joined([header, ...content.slice(0, -1)]), last]
    : [joined([header, ...content])];
}

/** Not in the pool of small buffers: one frame that is kept would keep all that is in there. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/** Larger ones are not copied. */
const LOOSE_BYTES = 16 * 1024;

function digest(who: "controller" | "host", token: string, ...nonces: readonly Uint8Array[]): Buffer {
  return createHash("md5").update(who).update(token).update(Buffer.concat(nonces)).digest();
}

/** What the host may not say of a link. */
export function linkViolation(why: string): FusionPlayError {
  return new FusionPlayError(`Cannot understand the node: ${why}`, { code: "PROTOCOL_VIOLATION" });
}
