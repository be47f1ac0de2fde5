import type { ByteStream } from "../bytes/byte-stream.ts";
import { FrameReader } from "../bytes/frames.ts";
import {
  decodeRequest,
  encodeAliveResponse,
  encodeNamesResponse,
  encodePortResponse,
  type EpmdRequest,
  type NodeEntry,
} from "./message.ts";

/** A request holds little more than the name of a node. */
const MAX_REQUEST_BYTES = 1024;
/** Enough for a few look-ups at once. Each is answered in one turn; what stays asks nothing. */
const MAX_STREAMS = 16;

export interface EpmdServerOptions {
  /** Our own node, as the other side reaches it. */
  own: NodeEntry;
  /** The only name that may register. */
  expectedName: string;
  /** Given to the node that registers, to tell it from a former one of the same name. */
  creation: number;
  /** The port that clients reach the server on, for NAMES_REQ. */
  port: number;
  /** Called when the expected node has registered. */
  onAlive(node: NodeEntry): void;
}

/**
 * An EPMD for one host: it knows our node and lets one other register. It holds no socket; whoever
 * has a tunnel gives it the streams.
 */
export class EpmdServer implements Disposable {
  readonly #options: EpmdServerOptions;
  /** Those that have not asked anything yet, in the order in which they came. */
  readonly #streams: Set<ByteStream> = new Set();
  /** The node that registered, for as long as the stream it did so with is open. */
  #registered: { node: NodeEntry; stream: ByteStream } | undefined;

  constructor(options: EpmdServerOptions) {
    this.#options = options;
  }

  /**
   * Serves one connection. Of too many that ask nothing the oldest one is closed: whoever else is on the host
   * could otherwise hold them all, and keep the node from registering.
   */
  accept(stream: ByteStream): void {
    const [oldest] = this.#streams;
    if (this.#streams.size >= MAX_STREAMS && oldest !== undefined) this.#close(oldest);
    this.#streams.add(stream);
    const frames = new FrameReader(2, MAX_REQUEST_BYTES);
    stream.listen({
      onBytes: (chunk) => {
        // One request is all there is: nothing after it is looked at, or kept.
        if (!this.#streams.has(stream)) return;
        try {
          frames.add(chunk);
          const request = frames.next();
          if (request !== undefined) this.#answer(stream, decodeRequest(request));
        } catch {
          this.#close(stream);
        }
      },
      onEnd: () => {
        if (this.#registered?.stream === stream) this.#registered = undefined;
        this.#close(stream);
      },
    });
  }

  #close(stream: ByteStream): void {
    this.#streams.delete(stream);
    stream.close();
  }

  [Symbol.dispose](): void {
    for (const stream of this.#streams) stream.close();
    this.#registered?.stream.close();
  }

  #answer(stream: ByteStream, request: EpmdRequest): void {
    switch (request.type) {
      case "ALIVE2_REQ":
        return this.#register(stream, request.node);
      case "PORT_PLEASE2_REQ":
        stream.write(encodePortResponse(this.#nodes().find(({ name }) => name === request.name)));
        return this.#close(stream);
      case "NAMES_REQ":
        stream.write(encodeNamesResponse(this.#options.port, this.#nodes()));
        return this.#close(stream);
    }
  }

  #register(stream: ByteStream, node: NodeEntry): void {
    const { expectedName, creation, onAlive } = this.#options;
    if (node.name !== expectedName || this.#registered !== undefined) {
      stream.write(encodeAliveResponse(node, { result: "refused" }));
      return this.#close(stream);
    }
    this.#streams.delete(stream);
    this.#registered = { node, stream };
    stream.write(encodeAliveResponse(node, { result: "ok", creation }));
    onAlive(node);
  }

  #nodes(): NodeEntry[] {
    const { own } = this.#options;
    return this.#registered === undefined ? [own] : [own, this.#registered.node];
  }
}
