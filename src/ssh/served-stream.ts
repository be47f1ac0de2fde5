import type { PacedStream } from "../bytes/paced-stream.ts";
import { PassOn } from "../bytes/pass-on.ts";
import type { WindowedStream } from "../bytes/windowed-stream.ts";

/** A stream of a connection, and the one that carries it to whoever uses it. */
export class ServedStream {
  readonly #stream: PacedStream;
  #carried: { readonly stream: WindowedStream; readonly back: PassOn } | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** @param onEnd told when nothing arrives any more */
  constructor(stream: PacedStream, onEnd: () => void = () => {}) {
    this.#stream = stream;
    stream.listen({
      onBytes: (chunk) => this.#carried?.back.pass(chunk, this.#carried.stream),
      onEnd: (error) => {
        this.#end = { error };
        this.#carried?.stream.fail(error);
        onEnd();
      },
    });
  }

  join(carried: WindowedStream): void {
    this.#carried = { stream: carried, back: new PassOn(this.#stream) };
    const there = new PassOn(carried);
    carried.listen({
      onBytes: (chunk) => {
        if (this.#carried?.stream === carried) there.pass(chunk, this.#stream);
      },
      onEnd: () => {
        if (this.#carried?.stream === carried) this.#stream.close();
      },
    });
    if (this.#end !== undefined) carried.fail(this.#end.error);
  }

  /** From now on nobody gets what arrives, and nobody closes it. */
  cut(): void {
    this.#carried = undefined;
    this.#stream.resume();
  }

  write(chunk: Uint8Array): void {
    this.#stream.write(chunk);
  }

  close(): void {
    this.#stream.close();
  }
}
