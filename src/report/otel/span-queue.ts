/** So many spans go with one request. */
const BATCH_SPANS = 512;

/** So many bytes of spans go with one request; a span by itself may be longer. */
const BATCH_BYTES = 1024 * 1024;

/** So many bytes of spans are kept until they are sent: those of a thousand hosts that end fifty steps at once are half. */
const QUEUE_BYTES = 64 * 1024 * 1024;

interface Entry {
  readonly text: string;
  readonly bytes: number;
}

/** Encoded spans that wait to be sent. */
export class SpanQueue {
  #entries: Entry[] = [];
  #bytes = 0;
  #lost = 0;

  /** How many spans there was no room for. */
  get lost(): number {
    return this.#lost;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Whether a request can be filled. */
  get isBatchFull(): boolean {
    return this.#entries.length >= BATCH_SPANS || this.#bytes >= BATCH_BYTES;
  }

  /** @param isNeeded whether it is kept without room as well: other spans are below it */
  add(text: string, { isNeeded }: { isNeeded: boolean }): void {
    const bytes = Buffer.byteLength(text);
    if (!isNeeded && this.#bytes + bytes > QUEUE_BYTES) {
      this.#lost++;
      return;
    }
    this.#entries.push({ text, bytes });
    this.#bytes += bytes;
  }

  /** The spans that go with the next request. They stay until they are removed. */
  batch(): string[] {
    let bytes = 0;
    const entries = this.#entries.slice(0, BATCH_SPANS);
    const end = entries.findIndex((entry, index) => (bytes += entry.bytes) > BATCH_BYTES && index > 0);
    return (end < 0 ? entries : entries.slice(0, end)).map(({ text }) => text);
  }

  /** Removes the first spans: they were sent, or never will be. */
  remove(count: number): void {
    const removed = this.#entries.splice(0, count);
    for (const { bytes } of removed) this.#bytes -= bytes;
  }
}
