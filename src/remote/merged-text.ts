/** How long text waits for more, and how much of it waits at most. */
const MERGE_MS = 20;
const MAX_CHARACTERS = 64 * 1024;

/**
 * Hands text on in larger pieces. A BEAM may write its standard output byte by byte; each piece
 * costs an event for every reporter.
 */
export class MergedText {
  readonly #onText: (text: string) => void;
  #text = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  add(text: string): void {
    if (text === "") return;
    this.#text += text;
    if (this.#text.length >= MAX_CHARACTERS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), MERGE_MS);
  }

  /** Hands on what waits. Called at the end, it leaves no timer. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#onText(text);
  }
}
