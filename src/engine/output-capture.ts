const MAX_CHARACTERS = 256 * 1024;

type OnOutput = (text: string) => void;

/**
 * Makes what is told of what a step prints. It is kept long after the step, for processes that a call has left behind;
 * so it holds on to nothing else of the step.
 */
export function capturing(output: OutputCapture, tell: OnOutput): OnOutput {
  return (text) => {
    output.add(text);
    tell(text);
  };
}

/** Tells nobody. */
export function unheard(_text: string): void {}

/** What a step printed, for its report: the beginning, up to a limit, and a mark where it was cut. */
export class OutputCapture {
  #text = "";
  #dropped = 0;

  add(text: string): void {
    const room = MAX_CHARACTERS - this.#text.length;
    if (room > 0) this.#text += text.slice(0, room);
    this.#dropped += Math.max(0, text.length - room);
  }

  get text(): string {
    return this.#dropped === 0 ? this.#text : `${this.#text}\n[… ${this.#dropped} more characters were cut]`;
  }
}
