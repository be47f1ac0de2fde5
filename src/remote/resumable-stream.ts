import type { ByteStream, ByteStreamListener } from "../bytes/byte-stream.ts";
import type { FramePart } from "../bytes/frames.ts";
import { ACKNOWLEDGE_FRAMES, FRAME_BYTES } from "./link-protocol.ts";
import { frameOf, linkViolation, type LinkConnection } from "./link-connection.ts";

const DATA = Uint8Array.of(0);
const ACKNOWLEDGE = 1;
const END = Uint8Array.of(2);
const RELEASE = Uint8Array.of(3);
const ACKNOWLEDGE_LENGTH = 9;
/**
 * What is smaller waits for what else is written in the same turn of the event loop, up to so much: then the host has
 * something to do while we go on.
 */
const LOOSE_BYTES = 4 * 1024;
/** What was got is told after so many bytes, too. */
const ACKNOWLEDGE_BYTES = 4 * 1024 * 1024;
/** So much may be on its way, beyond what our own side still holds. */
const MAX_UNACKNOWLEDGED_BYTES = 64 * 1024 * 1024;

/** What has been written to a stream, and what of it may be known on the other side. */
export interface SentPositions {
  /** Where the stream is now. */
  readonly written: number;
  /** Whether what was written up to here may have left. */
  hasLeft(written: number): boolean;
}

/**
 * A stream that outlives the connections which carry it, one after another. What the other side has not said it
 * got is kept, and sent again over the next one; what comes twice is not handed out twice, as each side tells the
 * other how much it has.
 */
export class ResumableStream implements ByteStream, SentPositions {
  readonly #onOffline: (reason: Error | undefined) => void;
  #connection: LinkConnection | undefined;
  #listener: ByteStreamListener | undefined;
  /** Frames that the host has not said it got. */
  #kept: Uint8Array[][] = [];
  #keptBytes = 0;
  /** What will be one frame, once nothing more is at work that may write. */
  #loose: Uint8Array[] = [];
  #looseBytes = 0;
  /** How many frames came before those that are kept. */
  #acknowledged = 0;
  #handedOut = 0;
  #received = 0;
  /** How much of the frame that is arriving was passed on, over this connection or the one before. */
  #passedOn = 0;
  /** How much of it has come over this connection. */
  #arrived = 0;
  #unacknowledged = 0;
  #isClosed = false;

  /** @param onOffline told when a connection has ended, and why; not after the end of the stream */
  constructor(onOffline: (reason: Error | undefined) => void) {
    this.#onOffline = onOffline;
  }

  /** How many frames with data have come. */
  get received(): number {
    return this.#received;
  }

  get written(): number {
    return this.#framed + (this.#loose.length > 0 ? 1 : 0);
  }

  hasLeft(written: number): boolean {
    return written <= this.#handedOut;
  }

  get queuedBytes(): number {
    return (this.#connection?.queuedBytes ?? this.#keptBytes) + this.#looseBytes;
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
    if (this.#connection !== undefined) this.#listenTo(this.#connection);
  }

  /** What was written before there was any connection, in frames: it may go out with the greeting of the first. */
  get unsent(): readonly (readonly Uint8Array[])[] {
    return this.#handedOut === 0 ? [...this.#kept] : [];
  }

  /**
   * Goes on over another connection.
   *
   * @param sent how many of the frames that are kept have gone over it already
   * @throws {FusionPlayError} `PROTOCOL_VIOLATION` if the host says that it got what it cannot have got
   */
  resume(connection: LinkConnection, sent = 0): void {
    this.#acknowledge(connection.received);
    this.#connection = connection;
    for (const frame of this.#kept.slice(sent)) connection.send(frame);
    this.#handedOut = this.#framed;
    if (this.#listener !== undefined) this.#listenTo(connection);
  }

  write(chunk: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#looseBytes + chunk.byteLength > LOOSE_BYTES) this.#flush();
    if (chunk.byteLength > LOOSE_BYTES) {
      for (let at = 0; at < chunk.byteLength; at += FRAME_BYTES) {
        this.#writeFrame(frameOf(DATA, chunk.subarray(at, at + FRAME_BYTES)));
      }
      return;
    }
    // After all promises that are settled by now: whoever waits for them may write, too.
    if (this.#loose.length === 0) process.nextTick(() => this.#flush());
    this.#loose.push(chunk);
    this.#looseBytes += chunk.byteLength;
  }

  /** Tells the host that nobody will come back. */
  close(): void {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    this.#connection?.send(frameOf(END));
  }

  /** Tells the host that somebody else will come: it ends the stream, and what goes on for it. */
  release(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection?.send(frameOf(RELEASE));
  }

  /** Gives the stream up. */
  fail(error: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection?.close();
    this.#connection = undefined;
    this.#listener?.onEnd(error);
  }

  /** How many frames were made. */
  get #framed(): number {
    return this.#acknowledged + this.#kept.length;
  }

  #flush(): void {
    const loose = this.#loose;
    if (loose.length === 0) return;
    this.#loose = [];
    this.#looseBytes = 0;
    if (!this.#isClosed) this.#writeFrame(frameOf(DATA, ...loose));
  }

  #writeFrame(frame: Uint8Array[]): void {
    this.#kept.push(frame);
    for (const part of frame) this.#keptBytes += part.byteLength;
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#handedOut = this.#framed;
    connection.send(frame);
    if (this.#keptBytes - connection.queuedBytes > MAX_UNACKNOWLEDGED_BYTES) {
      this.fail(linkViolation("it does not say what it has got"));
    }
  }

  #listenTo(connection: LinkConnection): void {
    connection.listen({
      onPart: (part) => this.#onPart(connection, part),
      onEnd: (error) => {
        if (this.#connection !== connection) return;
        this.#connection = undefined;
        if (!this.#isClosed) this.#onOffline(error);
      },
    });
  }

  #onPart(connection: LinkConnection, { bytes, isFirst, isLast }: FramePart): void {
    if (this.#isClosed) return;
    if (isFirst && bytes[0] === ACKNOWLEDGE && bytes.byteLength === ACKNOWLEDGE_LENGTH) {
      return this.#acknowledge(Number(Buffer.from(bytes).readBigUInt64BE(1)));
    }
    if (isFirst && bytes[0] !== DATA[0]) throw linkViolation("a frame of its link is of no known kind");
    if (isFirst) this.#arrived = 0;
    const data = isFirst ? bytes.subarray(1) : bytes;
    const fresh = data.subarray(Math.max(0, this.#passedOn - this.#arrived));
    this.#arrived += data.byteLength;
    this.#passedOn += fresh.byteLength;
    this.#unacknowledged += bytes.byteLength;
    if (isLast) {
      this.#passedOn = 0;
      this.#received++;
      this.#tellReceived(connection);
    }
    if (fresh.byteLength > 0) this.#listener?.onBytes(fresh);
  }

  #tellReceived(connection: LinkConnection): void {
    const isEndOfLong = this.#unacknowledged >= FRAME_BYTES && this.#arrived < FRAME_BYTES;
    const isMuch = this.#unacknowledged >= ACKNOWLEDGE_BYTES || isEndOfLong;
    if (this.#received % ACKNOWLEDGE_FRAMES !== 0 && !isMuch) return;
    this.#unacknowledged = 0;
    const count = Buffer.alloc(ACKNOWLEDGE_LENGTH);
    count[0] = ACKNOWLEDGE;
    count.writeBigUInt64BE(BigInt(this.#received), 1);
    connection.send(frameOf(count));
  }

  /** @param count how many frames the host has got */
  #acknowledge(count: number): void {
    if (count < this.#acknowledged || count > this.#handedOut) {
      throw linkViolation("it says that it has got what was not sent");
    }
    for (const frame of this.#kept.splice(0, count - this.#acknowledged)) {
      for (const part of frame) this.#keptBytes -= part.byteLength;
    }
    this.#acknowledged = count;
  }
}
