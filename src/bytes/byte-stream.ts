/** What a {@linkcode ByteStream} tells whoever listens to it. */
export interface ByteStreamListener {
  /** Bytes that arrived, in order; the chunk may be kept, nobody writes to it again. */
  onBytes(chunk: Uint8Array): void;
  /** No more bytes will arrive; called once. `error` is there when the end was not orderly. */
  onEnd(error?: Error): void;
}

/**
 * Both directions of one connection: an end of a tunnel, a socket, or a double in a test.
 * Whoever consumes a stream knows neither SSH nor TCP.
 */
export interface ByteStream {
  /**
   * Starts the flow of bytes to `listener`. Called once; what arrived before is kept until then.
   */
  listen(listener: ByteStreamListener): void;
  /** Sends bytes, in order; what the network does not take yet is queued. Ignored after the end. */
  write(chunk: Uint8Array): void;
  /** How many bytes were written that the network has not taken yet. */
  readonly queuedBytes: number;
  /** Sends what is queued, then closes both directions. May be called more than once. */
  close(): void;
}
