import type { Writable } from "node:stream";
import { FusionPlayError } from "../errors.ts";

/** Errors that say that nobody reads any more: `fusion-play … | head`, a closed terminal. */
const READER_GONE: ReadonlySet<string> = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

/** More than this is written at once. */
const MANY_CHARACTERS = 64 * 1024;
/** A line waits so long for others: to write each by itself takes as long as all else that a step does. */
const LINE_MS = 10;

/** Text on its way to a stream that may end early. Keeps the order; never throws while the run goes on. */
export class TextOutput {
  readonly #stream: Writable;
  /** Lines that wait for others. */
  #lines = "";
  #sending: NodeJS.Timeout | undefined;
  #failure: NodeJS.ErrnoException | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    // Never taken off again: the error of a pipe can come after the last write.
    stream.on("error", (error: NodeJS.ErrnoException) => {
      this.#failure ??= error;
    });
  }

  /** Writes or, while the reader is slow, keeps `text` in memory. After an error it is dropped. */
  write(text: string): void {
    this.#sendLines();
    if (this.#failure === undefined && text !== "") this.#stream.write(text);
  }

  /** Writes a line, together with others that come within some milliseconds. */
  writeLine(line: string): void {
    this.#lines += `${line}\n`;
    if (this.#lines.length >= MANY_CHARACTERS) this.#sendLines();
    else this.#sending ??= setTimeout(() => this.#sendLines(), LINE_MS);
  }

  #sendLines(): void {
    clearTimeout(this.#sending);
    this.#sending = undefined;
    const lines = this.#lines;
    this.#lines = "";
    if (this.#failure === undefined && lines !== "") this.#stream.write(lines);
  }

  /**
   * Waits until all is written, or nobody reads any more.
   *
   * @throws {FusionPlayError} `FILE_UNREADABLE` if it cannot be written: a full disk
   */
  async flush(): Promise<void> {
    this.#sendLines();
    if (this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#stream.write("", (error) => {
          if (error != null) this.#failure ??= error;
          resolve();
        });
      });
    }
    const lost = lostOutput(this.#failure);
    if (lost !== undefined) throw lost;
  }
}

/** What is told of output that could not be written: a full disk; undefined where nobody reads it any more. */
export function lostOutput(failure: NodeJS.ErrnoException | undefined): FusionPlayError | undefined {
  if (failure === undefined || READER_GONE.has(failure.code ?? "")) return undefined;
  return new FusionPlayError(`Cannot write the output: ${failure.message}`, {
    code: "FILE_UNREADABLE",
    hint: "Check that the disk is not full",
    cause: failure,
  });
}
