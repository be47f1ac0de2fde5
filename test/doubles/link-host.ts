import { createHash } from "node:crypto";
import type { ByteStream, ByteStreamListener } from "../../src/bytes/byte-stream.ts";
import { FrameReader } from "../../src/bytes/frames.ts";
import { byteStreamPair } from "./byte-stream-pair.ts";

export const LINK_TOKEN = "of both";

/** What may be wrong with the host's side of a link. */
export interface LinkFaults {
  /** The token that it knows. */
  readonly token?: string;
  /** Changes how many frames it says it has got, when the link goes on. */
  readonly received?: (count: number) => number;
}

/** A connection of a link: our end, and what a test does with it. */
export interface LinkWay {
  readonly stream: ByteStream;
  /** Ends it in both directions; what is on its way does not arrive. */
  cut(): void;
}

/** The host's side of a link, as the relay is. */
export class LinkHost {
  /** What it has got, as Latin-1 text. */
  got = "";
  received = 0;
  readonly #faults: LinkFaults;
  readonly #kept: Buffer[] = [];
  #acknowledged = 0;
  #way: ByteStream | undefined;

  constructor(faults: LinkFaults = {}) {
    this.#faults = faults;
  }

  connect(): LinkWay {
    const [ours, theirs] = byteStreamPair();
    const stream = new CuttableStream(ours);
    this.#greet(theirs);
    return { stream, cut: () => stream.cut() };
  }

  /** How many of its frames we have said we got. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Sends bytes to us, now or when there is a way. */
  say(text: string): void {
    const frame = Buffer.concat([Uint8Array.of(0), Buffer.from(text, "latin1")]);
    this.#kept.push(frame);
    if (this.#way !== undefined) send(this.#way, frame);
  }

  /** Sends a frame as it is. */
  sendRaw(frame: Uint8Array): void {
    if (this.#way !== undefined) send(this.#way, frame);
  }

  /** Sends the length of a frame and so many bytes of it. */
  sendCut(frame: Uint8Array, bytes: number): void {
    this.#way?.write(lengthOf(frame));
    this.#way?.write(frame.subarray(0, bytes));
  }

  #greet(stream: ByteStream): void {
    const frames = new FrameReader(4, 1024 * 1024);
    const nonce = Buffer.alloc(16, 7);
    let isGreeted = false;
    stream.listen({
      onEnd: () => {},
      onBytes: (chunk) => {
        frames.add(chunk);
        for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
          if (isGreeted) this.#onFrame(stream, frame);
          else this.#onGreeting(stream, Buffer.from(frame), nonce);
          isGreeted = true;
        }
      },
    });
    send(stream, nonce);
  }

  #onGreeting(stream: ByteStream, greeting: Buffer, nonce: Buffer): void {
    const { token = LINK_TOKEN, received = (count) => count } = this.#faults;
    const own = greeting.subarray(0, 16);
    const proof = md5("controller", LINK_TOKEN, nonce, own);
    if (!proof.equals(greeting.subarray(16, 32))) return stream.close();
    const answer = Buffer.alloc(24);
    md5("host", token, own, nonce).copy(answer);
    answer.writeBigUInt64BE(BigInt(received(this.received)), 16);
    send(stream, answer);
    const known = Number(greeting.readBigUInt64BE(32));
    this.#kept.splice(0, known - this.#acknowledged);
    this.#acknowledged = known;
    for (const frame of this.#kept) send(stream, frame);
    this.#way = stream;
  }

  #onFrame(stream: ByteStream, frame: Uint8Array): void {
    if (stream !== this.#way) return;
    if (frame[0] === 1) {
      const known = Number(Buffer.from(frame).readBigUInt64BE(1));
      this.#kept.splice(0, known - this.#acknowledged);
      this.#acknowledged = known;
    }
    if (frame[0] !== 0) return;
    this.got += Buffer.from(frame.subarray(1)).toString("latin1");
    this.received++;
    if (this.received % 8 === 0) this.sendRaw(countOf(this.received));
  }
}

/** The frame that says how many frames were got. */
export function countOf(count: number): Buffer {
  const frame = Buffer.alloc(9);
  frame[0] = 1;
  frame.writeBigUInt64BE(BigInt(count), 1);
  return frame;
}

function send(stream: ByteStream, frame: Uint8Array): void {
  stream.write(Buffer.concat([lengthOf(frame), frame]));
}

function lengthOf(frame: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(frame.byteLength);
  return header;
}

function md5(who: string, token: string, ...nonces: readonly Uint8Array[]): Buffer {
  return createHash("md5").update(who).update(token).update(Buffer.concat(nonces)).digest();
}

class CuttableStream implements ByteStream {
  readonly queuedBytes = 0;
  readonly #stream: ByteStream;
  #listener: ByteStreamListener | undefined;
  #isCut = false;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
    this.#stream.listen({
      onBytes: (chunk) => {
        if (!this.#isCut) listener.onBytes(chunk);
      },
      onEnd: (error) => {
        if (!this.#isCut) listener.onEnd(error);
      },
    });
  }

  write(chunk: Uint8Array): void {
    if (!this.#isCut) this.#stream.write(chunk);
  }

  close(): void {
    if (!this.#isCut) this.#stream.close();
  }

  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#listener?.onEnd(new Error("cut"));
  }
}
