import type { Channel } from "ssh2";

import type { ByteStreamListener } from "../bytes/byte-stream.ts";
import type { PacedStream } from "../bytes/paced-stream.ts";

export interface ChannelStreamOptions {
  /** Why the connection below has ended, if it was not orderly; asked when the channel ends. */
  readonly lost: () => Error | undefined;
  /**
   * What closing does after eof was sent: `channel` closes the channel, `input` leaves it open until the
   * command at the other end has ended, and drops what it still prints.
   */
  readonly closes: "channel" | "input";
}

/** One channel of an SSH connection as a stream. */
export class ChannelStream implements PacedStream {
  readonly #channel: Channel;
  readonly #options: ChannelStreamOptions;
  #listener: ByteStreamListener | undefined;
  /** `half` after the other side's eof, when ours is on its way. */
  #state: "open" | "half" | "closed" = "open";

  constructor(channel: Channel, options: ChannelStreamOptions) {
    this.#channel = channel;
    this.#options = options;
    // A stream without this listener throws what it meets; the end of the channel tells all there is to know.
    channel.on("error", () => {});
    // The channel stays half-open, and never closes, until our side ends as well.
    channel.once("end", () => this.#onRemoteEnd());
    channel.once("close", () => this.#onRemoteEnd());
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
    this.#channel.on("data", (chunk: Buffer) => {
      if (this.#state !== "closed") listener.onBytes(chunk);
    });
    if (this.#ended) queueMicrotask(() => this.#tellEnd());
  }

  write(chunk: Uint8Array, onTaken?: () => void): void {
    if (this.#state !== "open" || !this.#channel.writable) return onTaken?.();
    this.#channel.write(chunk, onTaken);
  }

  pause(): void {
    if (this.#state !== "closed") this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  get queuedBytes(): number {
    return this.#channel.writableLength;
  }

  close(): void {
    if (this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    if (wasOpen) this.#channel.end();
    // The window is shared and must be given back, whether anybody listens or not.
    this.#channel.resume();
    if (this.#options.closes === "input") return;
    if (this.#channel.writableFinished) this.#channel.close();
    else this.#channel.once("finish", () => this.#channel.close());
  }

  #ended = false;

  #onRemoteEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#state === "open") {
      this.#state = "half";
      this.#channel.end();
    }
    this.#tellEnd();
  }

  /** Tells the listener once. */
  #tellEnd(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    listener.onEnd(this.#options.lost());
  }
}
