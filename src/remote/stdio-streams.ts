import { DecodeError } from "../bytes/decode-error.ts";
import type { ByteStream } from "../bytes/byte-stream.ts";
import { FrameError } from "../bytes/frame-error.ts";
import { FrameReader } from "../bytes/frames.ts";
import type { PacedStream } from "../bytes/paced-stream.ts";
import { WindowedStream } from "../bytes/windowed-stream.ts";
import { FusionPlayError } from "../errors.ts";
import type { ReverseTunnel, WaitOptions } from "../ssh/ssh-connection.ts";
import { printable } from "../ssh/printable.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import type { Forwarding } from "./forwarding.ts";
import {
  decodeFrame,
  encodeFrame,
  MAX_DATA_BYTES,
  MAX_FRAME_BYTES,
  MAX_STREAMS,
  WINDOW_BYTES,
  type FrameFromRelay,
  type FrameToRelay,
} from "./stdio-frame.ts";

export interface StdioStreamsOptions {
  /** Name of the host, for messages. */
  readonly host: string;
  /** What carries the frames. */
  readonly carrier: Pick<ByteStream, "write" | "queuedBytes">;
  /** Told what the other side did that it may not; everything has been ended then. */
  readonly onViolation: (error: FusionPlayError) => void;
}

/** A tunnel or a stream that was asked for. */
interface Wanted {
  readonly answer: (frame: Extract<FrameFromRelay, { type: "listening" | "opened" | "refused" }>) => void;
  readonly fail: (error: Error) => void;
}

const STEP = 2;
/** It may have ended streams of which that is not known here yet. */
const MAX_KNOWN_STREAMS = 8 * MAX_STREAMS;

/** Our end of what a relay on the host carries: tunnels and streams, as many as there are, over one stream. */
export class StdioStreams implements Forwarding {
  readonly #options: StdioStreamsOptions;
  readonly #frames = new FrameReader(4, MAX_FRAME_BYTES);
  readonly #wanted = new Map<number, Wanted>();
  readonly #tunnels = new Map<number, (stream: PacedStream) => void>();
  readonly #streams = new Map<number, WindowedStream>();
  #nextId = 1;
  /** Ids that the relay gives grow, too. */
  #lastAccepted = 0;
  #ended: Error | undefined;

  constructor(options: StdioStreamsOptions) {
    this.#options = options;
  }

  /** Takes bytes that the relay sent. */
  receive(chunk: Uint8Array): void {
    this.#frames.add(chunk);
    try {
      while (this.#ended === undefined) {
        const frame = this.#frames.next();
        if (frame === undefined) return;
        this.#onFrame(decodeFrame(frame));
      }
    } catch (error) {
      if (!(error instanceof FrameError || error instanceof DecodeError)) throw error;
      const violation = new FusionPlayError(
        `Cannot understand the relay on ${this.#options.host}: ${error.message}`,
        {
          code: "PROTOCOL_VIOLATION",
          hint: "Check that nothing on the host writes to the standard output of SSH commands",
          cause: error,
        },
      );
      this.end(violation);
      this.#options.onViolation(violation);
    }
  }

  /** Ends all that is open: nothing will arrive any more. */
  end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#wanted.forEach(({ fail }) => fail(error));
    this.#wanted.clear();
    this.#tunnels.clear();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    streams.forEach((stream) => stream.end(error));
  }

  async reverseTunnel(
    onStream: (stream: PacedStream) => void,
    { signal }: WaitOptions,
  ): Promise<ReverseTunnel> {
    const id = this.#newId();
    const close = (): void => {
      if (this.#tunnels.delete(id)) this.#send({ type: "unlisten", id });
    };
    const remotePort = await this.#ask<number>({ type: "listen", id }, signal, {
      answer: (frame) => {
        if (frame.type !== "listening") throw new FrameError(`Cannot take "${frame.type}" of a tunnel`);
        // At once, as the first connection may be in the same chunk.
        this.#tunnels.set(id, onStream);
        return frame.port;
      },
      discard: close,
      refused: (reason) => `Cannot open a port on ${this.#options.host}: ${reason}`,
    });
    return { remotePort, [Symbol.asyncDispose]: async () => close() };
  }

  async forwardStream(port: number, { signal }: WaitOptions): Promise<PacedStream> {
    const id = this.#newId();
    return await this.#ask<PacedStream>({ type: "connect", id, port }, signal, {
      answer: (frame) => {
        if (frame.type !== "opened") throw new FrameError(`Cannot take "${frame.type}" of a stream`);
        return this.#open(id);
      },
      discard: (stream) => stream.close(),
      refused: (reason) => `Cannot reach port ${port} on ${this.#options.host}: ${reason}`,
    });
  }

  async #ask<T>(
    request: FrameToRelay,
    signal: AbortSignal,
    { answer, discard, refused }: Question<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    if (this.#ended !== undefined) throw this.#ended;
    const answered = new Promise<T>((resolve, reject) => {
      this.#wanted.set(request.id, {
        answer: (frame) => {
          if (frame.type !== "refused") return resolve(answer(frame));
          const message = refused(printable(frame.reason));
          reject(new FusionPlayError(message, { code: "SSH_CONNECT_FAILED" }));
        },
        fail: reject,
      });
    });
    this.#send(request);
    try {
      return await unlessAborted(answered, signal);
    } catch (error) {
      // An answer that comes after everybody has given up.
      answered.then(discard, () => {});
      throw error;
    }
  }

  #onFrame(frame: FrameFromRelay): void {
    switch (frame.type) {
      case "listening":
      case "opened":
      case "refused": {
        const wanted = this.#wanted.get(frame.id);
        if (wanted === undefined) throw new FrameError(`Cannot take "${frame.type}": nobody asked`);
        wanted.answer(frame);
        this.#wanted.delete(frame.id);
        return;
      }
      case "accepted":
        return this.#onAccepted(frame.id, frame.tunnel);
      case "credit":
        // The other half of a stream that is over may still be at it.
        return this.#streams.get(frame.id)?.receive(frame);
      case "data":
      case "end": {
        const stream = this.#streams.get(frame.id);
        if (stream === undefined) throw new FrameError(`Cannot take "${frame.type}": no such stream`);
        return stream.receive(frame);
      }
    }
  }

  #onAccepted(id: number, tunnel: number): void {
    if (id % STEP !== 0 || id <= this.#lastAccepted) {
      throw new FrameError(`Cannot take ${id} as the id of a stream`);
    }
    if (this.#streams.size >= MAX_KNOWN_STREAMS) throw new FrameError("Cannot have more streams open");
    this.#lastAccepted = id;
    const onStream = this.#tunnels.get(tunnel);
    const stream = this.#open(id);
    // The tunnel may have been closed just now.
    if (onStream === undefined) stream.close();
    else onStream(stream);
  }

  #open(id: number): WindowedStream {
    const stream = new WindowedStream({
      id,
      windowBytes: WINDOW_BYTES,
      maxDataBytes: MAX_DATA_BYTES,
      send: (frame) => this.#send(frame),
      queuedBytes: () => this.#options.carrier.queuedBytes,
      onOver: () => this.#streams.delete(id),
    });
    this.#streams.set(id, stream);
    return stream;
  }

  #newId(): number {
    const id = this.#nextId;
    this.#nextId += STEP;
    return id;
  }

  #send(frame: FrameToRelay): void {
    if (this.#ended !== undefined) return;
    for (const part of encodeFrame(frame)) this.#options.carrier.write(part);
  }
}

interface Question<T> {
  /** @throws {FrameError} it is no answer to that */
  readonly answer: (frame: FrameFromRelay) => T;
  /** Gets what nobody waits for any longer. */
  readonly discard: (late: T) => void;
  /** Words that something was refused, and why. */
  readonly refused: (reason: string) => string;
}
