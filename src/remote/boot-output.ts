import { bootMessage, isUnderWay, type BootMessage } from "./bootstrap.ts";
import { MergedText } from "./merged-text.ts";

/** How much is kept of a line that has not ended, and of the last words of a BEAM. */
const MAX_LINE_CHARACTERS = 64 * 1024;
const MAX_LAST_WORDS = 2000;

/**
 * Follows what the boot command prints: how far the boot is, how it ended, and everything else,
 * which somebody printed past the I/O protocol. It always takes all there is, so that a BEAM never waits
 * for its standard output to be read.
 */
export class BootOutput {
  readonly #onMessage: (message: BootMessage) => void;
  readonly #merged: MergedText;
  readonly #stdout = new TextDecoder();
  readonly #stderr = new TextDecoder();
  /** Whether the end of the boot is still to come; afterwards a line that looks like one is only text. */
  #isBooting = true;
  #line = "";
  #lastWords = "";

  constructor(onMessage: (message: BootMessage) => void, onText: (text: string) => void) {
    this.#onMessage = onMessage;
    this.#merged = new MergedText(onText);
  }

  /** The end of what was printed, for the message about a BEAM that died. */
  get lastWords(): string {
    return this.#lastWords.trim();
  }

  onStdout(chunk: Uint8Array): void {
    const text = this.#stdout.decode(chunk, { stream: true });
    if (!this.#isBooting) return this.#print(text);
    this.#line += text;
    for (let end = this.#line.indexOf("\n"); end >= 0 && this.#isBooting; end = this.#line.indexOf("\n")) {
      const line = this.#line.slice(0, end + 1);
      this.#line = this.#line.slice(end + 1);
      this.#onLine(line);
    }
    if (!this.#isBooting || this.#line.length > MAX_LINE_CHARACTERS) this.#printLine();
  }

  onStderr(chunk: Uint8Array): void {
    this.#print(this.#stderr.decode(chunk, { stream: true }));
  }

  /** Prints what stands in a line that was never ended, and all that waits for more. */
  end(): void {
    this.#printLine();
    this.#merged.flush();
  }

  #printLine(): void {
    this.#print(this.#line);
    this.#line = "";
  }

  #onLine(line: string): void {
    const message = bootMessage(line);
    if (message === undefined) return this.#print(line);
    this.#isBooting = isUnderWay(message);
    this.#onMessage(message);
  }

  #print(text: string): void {
    if (text === "") return;
    this.#lastWords = (this.#lastWords + text).slice(-MAX_LAST_WORDS);
    this.#merged.add(text);
  }
}
