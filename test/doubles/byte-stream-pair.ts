import type { ByteStream, ByteStreamListener } from "../../src/bytes/byte-stream.ts";

/** Two ends of one connection in memory: what one writes, the other gets in a later turn. */
export function byteStreamPair(): [ByteStream, ByteStream] {
  const one = new PairEnd();
  const other = new PairEnd();
  one.peer = other;
  other.peer = one;
  return [one, other];
}

class PairEnd implements ByteStream {
  queuedBytes = 0;
  peer: PairEnd | undefined;
  #listener: ByteStreamListener | undefined;
  #waiting: Uint8Array[] = [];
  #ended = false;

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const chunk of waiting) listener.onBytes(chunk);
    if (this.#ended) listener.onEnd();
  }

  write(chunk: Uint8Array): void {
    if (this.#ended) return;
    const copy = Uint8Array.from(chunk);
    setImmediate(() => this.peer?.receive(copy));
  }

  close(): void {
    setImmediate(() => {
      this.end();
      this.peer?.end();
    });
  }

  receive(chunk: Uint8Array): void {
    if (this.#ended) return;
    if (this.#listener === undefined) this.#waiting.push(chunk);
    else this.#listener.onBytes(chunk);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener?.onEnd();
  }
}
