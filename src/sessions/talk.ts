import type { ByteStream, ByteStreamListener } from "../bytes/byte-stream.ts";
import { FusionPlayError } from "../errors.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { within } from "../waits/within.ts";
import { readRevealed, revealedJson } from "../ssh/secret-json.ts";

/** A target with its keys is some kilobytes; a list of sessions some hundred. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const LINE_FEED = 10;

/** Lines of JSON over a stream, which may then carry something else. */
export class Talk {
  /** Resolves when the other side has hung up. */
  readonly ended: Promise<void>;
  readonly #stream: ByteStream;
  #buffered = Buffer.alloc(0);
  #waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void } | undefined;
  #rest: ByteStreamListener | undefined;
  #end: { readonly error: Error | undefined } | undefined;
  #tellEnded: () => void = () => {};

  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    stream.listen({ onBytes: (chunk) => this.#onBytes(chunk), onEnd: (error) => this.#onEnd(error) });
  }

  send(message: unknown): void {
    this.#stream.write(Buffer.from(`${revealedJson(message)}\n`));
  }

  /**
   * Waits for what the other side says next; one after another.
   *
   * @throws {FusionPlayError} `SESSIONS_FAILED` if it hangs up, or says what nobody understands; or the signal's reason
   */
  async next(signal?: AbortSignal): Promise<unknown> {
    const line = new Promise<string>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#deliver();
    });
    const text = await (signal === undefined ? line : unlessAborted(line, signal));
    try {
      return readRevealed(text);
    } catch (cause) {
      throw failed("it says what is no JSON", cause);
    }
  }

  /** As `next`, but no longer than so many milliseconds. @throws {FusionPlayError} `SESSIONS_FAILED` */
  async nextWithin(ms: number, signals: readonly AbortSignal[] = []): Promise<unknown> {
    try {
      return await within(ms, signals, (signal) => this.next(signal));
    } catch (error) {
      if (error instanceof FusionPlayError || signals.some(({ aborted }) => aborted)) throw error;
      throw failed(`it does not answer within ${ms / 1000} s`, error);
    }
  }

  /** What comes after the lines. */
  rest(): ByteStream {
    const stream = this.#stream;
    return {
      listen: (listener) => {
        this.#rest = listener;
        const buffered = this.#buffered;
        this.#buffered = Buffer.alloc(0);
        if (buffered.length > 0) listener.onBytes(buffered);
        if (this.#end !== undefined) listener.onEnd(this.#end.error);
      },
      write: (chunk) => stream.write(chunk),
      get queuedBytes() {
        return stream.queuedBytes;
      },
      close: () => stream.close(),
    };
  }

  close(): void {
    this.#stream.close();
  }

  #onBytes(chunk: Uint8Array): void {
    if (this.#rest !== undefined) return this.#rest.onBytes(chunk);
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    this.#deliver();
  }

  #onEnd(error: Error | undefined): void {
    this.#end = { error };
    this.#tellEnded();
    this.#rest?.onEnd(error);
    this.#deliver();
  }

  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const end = this.#buffered.indexOf(LINE_FEED);
    if (end < 0 && this.#buffered.length <= MAX_LINE_BYTES && this.#end === undefined) return;
    this.#waiting = undefined;
    if (end < 0) {
      this.#stream.close();
      return waiting.reject(failed(this.#end === undefined ? "it says too much" : "it has hung up"));
    }
    const line = this.#buffered.subarray(0, end).toString("utf8");
    this.#buffered = this.#buffered.subarray(end + 1);
    waiting.resolve(line);
  }
}

function failed(why: string, cause?: unknown): FusionPlayError {
  return new FusionPlayError(`Cannot talk to the process that holds sessions: ${why}`, {
    code: "SESSIONS_FAILED",
    hint: "End it, and try again: fusion-play sessions stop",
    cause,
  });
}
