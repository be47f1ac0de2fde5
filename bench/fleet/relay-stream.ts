import { createHash, randomBytes } from "node:crypto";
import type { ByteStream, ByteStreamListener } from "../../src/bytes/byte-stream.ts";
import { FrameReader } from "../../src/bytes/frames.ts";
import { ACKNOWLEDGE_FRAMES } from "../../src/remote/link-protocol.ts";

const DATA = 0;
const ACKNOWLEDGE = 1;
const END = 2;
const NONCE_BYTES = 16;
const MAX_FRAME_BYTES = 1024 * 1024;

/** What a relay counts, of all links together. */
export interface LinkCounts {
  /** Frames with data that came from the controller. */
  frames: number;
  acknowledgements: number;
}

/**
 * The host's side of a link (`src/remote/link-protocol.ts`) as a stream of what it carries. It keeps nothing to send
 * again: here no connection is lost.
 */
export class RelayStream implements ByteStream {
  readonly #stream: ByteStream;
  readonly #token: string;
  readonly #counts: LinkCounts;
  readonly #frames = new FrameReader(4, MAX_FRAME_BYTES);
  readonly #nonce = randomBytes(NONCE_BYTES);
  readonly #onProven: (nodeName: string) => void;
  readonly #onHalt: () => void;
  #isProven = false;
  #received = 0;
  #listener: ByteStreamListener | undefined;

  constructor(stream: ByteStream, { token, counts, onProven, onHalt }: RelayOptions) {
    this.#stream = stream;
    this.#token = token;
    this.#counts = counts;
    this.#onProven = onProven;
    this.#onHalt = onHalt;
    stream.listen({
      onBytes: (chunk) => {
        this.#frames.add(chunk);
        for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
          if (this.#isProven) this.#onFrame(frame);
          else this.#prove(Buffer.from(frame));
        }
      },
      onEnd: (error) => {
        this.#listener?.onEnd(error);
        this.#onHalt();
      },
    });
    this.#send(this.#nonce);
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
  }

  write(chunk: Uint8Array): void {
    this.#send(Buffer.of(DATA), chunk);
  }

  get queuedBytes(): number {
    return this.#stream.queuedBytes;
  }

  close(): void {
    this.#stream.close();
  }

  /** Own:16, md5("controller", Token, Nonce, Own):16, Received:64, the name of the controller's node */
  #prove(greeting: Buffer): void {
    const own = greeting.subarray(0, NONCE_BYTES);
    const isKnown = greeting.subarray(16, 32).equals(this.#digest("controller", this.#nonce, own));
    if (!isKnown) return this.close();
    this.#isProven = true;
    this.#send(this.#digest("host", own, this.#nonce), Buffer.alloc(8));
    this.#onProven(greeting.subarray(40).toString("utf8"));
  }

  #onFrame(frame: Uint8Array): void {
    switch (frame[0]) {
      case DATA:
        this.#counts.frames++;
        if (++this.#received % ACKNOWLEDGE_FRAMES === 0) this.#acknowledge();
        return this.#listener?.onBytes(frame.subarray(1));
      case ACKNOWLEDGE:
        this.#counts.acknowledgements++;
        return;
      case END:
        return this.#onHalt();
      default:
        throw new Error(`A link has a frame of the unknown kind ${frame[0]}`);
    }
  }

  #acknowledge(): void {
    const count = Buffer.alloc(9);
    count[0] = ACKNOWLEDGE;
    count.writeBigUInt64BE(BigInt(this.#received), 1);
    this.#send(count);
  }

  #send(...parts: readonly Uint8Array[]): void {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(parts.reduce((sum, part) => sum + part.byteLength, 0));
    this.#stream.write(Buffer.concat([header, ...parts]));
  }

  #digest(who: string, ...nonces: readonly Uint8Array[]): Buffer {
    return createHash("md5").update(who).update(this.#token).update(Buffer.concat(nonces)).digest();
  }
}

export interface RelayOptions {
  readonly token: string;
  readonly counts: LinkCounts;
  /** Told the name of the controller's node; whoever wants to have what is carried has to listen then. */
  readonly onProven: (nodeName: string) => void;
  /** Told when the controller ends the node, or is no longer there. */
  readonly onHalt: () => void;
}
