import type { Writable } from "node:stream";
import { FusionPlayError } from "../errors.ts";

/** Errors that say that nobody reads any more: `fusion-play … | head`, a closed terminal. */
const READER_GONE: ReadonlySet<string> = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

/** Text on its way to a stream that may end early. Keeps the order; never throws while the run goes on. */
export class TextOutput {
  readonly #stream: Writable;
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
    if (this.#failure === undefined && text !== "") this.#stream.write(text);
  }

  writeLine(line: string): void {
    this.write(`${line}\n`);
  }

  /**
   * Waits until all is written, or nobody reads any more.
   *
   * @throws {FusionPlayError} `FILE_UNREADABLE` if it cannot be written: a full disk
   */
  async flush(): Promise<void> {
    if (this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#stream.write("", (error) => {
          if (error != null) this.#failure ??= error;
          resolve();
        });
      });
    }
    const failure = this.#failure;
    if (failure === undefined || READER_GONE.has(failure.code ?? "")) return;
    throw new FusionPlayError(`Cannot write the output: ${failure.message}`, {
      code: "FILE_UNREADABLE",
      hint: "Check that the disk is not full",
      cause: failure,
    });
  }
}
