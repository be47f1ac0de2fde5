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
/** Enough for the one node that registers and a few look-ups at once. */
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
  readonly #streams: Set<ByteStream> = new Set();
  /** The node that registered, for as long as the stream it did so with is open. */
  #registered: { node: NodeEntry; stream: ByteStream } | undefined;

  constructor(options: EpmdServerOptions) {
    this.#options = options;
  }

  /** Serves one connection. */
  accept(stream: ByteStream): void {
    if (this.#streams.size >= MAX_STREAMS) return stream.close();
    this.#streams.add(stream);
    const frames = new FrameReader(2, MAX_REQUEST_BYTES);
    stream.listen({
      onBytes: (chunk) => {
        // Nothing comes after a registration, and whatever does must not pile up.
        if (this.#registered?.stream === stream) return;
        try {
          frames.add(chunk);
          const request = frames.next();
          if (request !== undefined) this.#answer(stream, decodeRequest(request));
        } catch {
          stream.close();
        }
      },
      onEnd: () => {
        this.#streams.delete(stream);
        if (this.#registered?.stream === stream) this.#registered = undefined;
        stream.close();
      },
    });
  }

  [Symbol.dispose](): void {
    for (const stream of this.#streams) stream.close();
  }

  #answer(stream: ByteStream, request: EpmdRequest): void {
    switch (request.type) {
      case "ALIVE2_REQ":
        return this.#register(stream, request.node);
      case "PORT_PLEASE2_REQ":
        stream.write(encodePortResponse(this.#nodes().find(({ name }) => name === request.name)));
        return stream.close();
      case "NAMES_REQ":
        stream.write(encodeNamesResponse(this.#options.port, this.#nodes()));
        return stream.close();
    }
  }

  #register(stream: ByteStream, node: NodeEntry): void {
    const { expectedName, creation, onAlive } = this.#options;
    if (node.name !== expectedName || this.#registered !== undefined) {
      stream.write(encodeAliveResponse(node, { result: "refused" }));
      return stream.close();
    }
    this.#registered = { node, stream };
    stream.write(encodeAliveResponse(node, { result: "ok", creation }));
    onAlive(node);
  }

  #nodes(): NodeEntry[] {
    const { own } = this.#options;
    return this.#registered === undefined ? [own] : [own, this.#registered.node];
  }
}
