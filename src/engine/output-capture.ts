const MAX_CHARACTERS = 256 * 1024;

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
