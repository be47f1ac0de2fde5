import { timingSafeEqual } from "node:crypto";
import type { ByteStream } from "../bytes/byte-stream.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { FrameReader } from "../bytes/frames.ts";
import {
  decodeRequest,
  encodeFile,
  encodeFileInfo,
  encodeNames,
  encodeRefusal,
  type BootRequest,
  type FileInfo,
} from "./message.ts";

/** A request is a command and a path. */
const MAX_REQUEST_BYTES = 32 * 1024;
/** Streams that have not shown the token yet. */
const MAX_STRANGERS = 16;
/** A client waits for each answer, so no more than one should be asked for, or be on its way. */
const MAX_PENDING_REQUESTS = 16;
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

/** The files that a boot server gives out. Paths are what the client wrote; nothing of them was resolved. */
export interface BootFiles {
  /** Content of a file. It counts as served. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names of what lies in a folder. */
  list(path: string): readonly string[] | undefined;
  info(path: string): FileInfo | undefined;
}

export interface BootServerOptions {
  /** The packet that a client must begin with; it is the only client that is served. */
  readonly token: string;
  readonly files: BootFiles;
}

/**
 * The boot server of one BEAM, with the protocol of OTP's `erl_boot_server`. It holds no socket; whoever
 * has a tunnel gives it the streams. The first client that shows the token is served, and nobody else, then
 * or later.
 */
export class BootServer implements Disposable {
  readonly #options: BootServerOptions;
  readonly #strangers: Set<ByteStream> = new Set();
  #client: ByteStream | undefined;
  /** Resolves when the requests so far are answered. */
  #answered: Promise<void> = Promise.resolve();
  #pending = 0;
  #tellEnd: () => void = () => {};
  /** Resolves when the stream of the client has ended; never rejects. */
  readonly clientLeft: Promise<void>;

  constructor(options: BootServerOptions) {
    this.#options = options;
    this.clientLeft = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
  }

  /** Serves one connection. */
  accept(stream: ByteStream): void {
    if (this.#client !== undefined || this.#strangers.size >= MAX_STRANGERS) return stream.close();
    this.#strangers.add(stream);
    const frames = new FrameReader(4, MAX_REQUEST_BYTES);
    let isOver = false;
    const leave = (): void => {
      isOver = true;
      this.#strangers.delete(stream);
      if (this.#client === stream) this.#tellEnd();
      stream.close();
    };
    stream.listen({
      onBytes: (chunk) => {
        if (isOver) return;
        try {
          frames.add(chunk);
          for (let packet = frames.next(); packet !== undefined; packet = frames.next()) {
            this.#onPacket(stream, packet);
          }
        } catch (error) {
          leave();
          if (!(error instanceof DecodeError)) throw error;
        }
      },
      onEnd: leave,
    });
  }

  [Symbol.dispose](): void {
    for (const stream of this.#strangers) stream.close();
    this.#client?.close();
  }

  /** @throws {DecodeError} if the stream is to be closed */
  #onPacket(stream: ByteStream, packet: Uint8Array): void {
    if (stream === this.#client) return this.#onRequest(stream, decodeRequest(packet));
    if (this.#client !== undefined || !isSame(packet, this.#options.token)) {
      throw new DecodeError("Cannot serve the client: it has not shown the token", 0);
    }
    this.#client = stream;
    this.#strangers.delete(stream);
    for (const stranger of this.#strangers) stranger.close();
  }

  /** @throws {DecodeError} if the client asks on and on without reading */
  #onRequest(stream: ByteStream, request: BootRequest): void {
    if (this.#pending >= MAX_PENDING_REQUESTS || stream.queuedBytes > MAX_QUEUED_BYTES) {
      throw new DecodeError("Cannot go on: answers are not read", 0);
    }
    this.#pending++;
    this.#answered = this.#answered.then(async () => {
      const answer = await this.#found(request);
      this.#pending--;
      stream.write(answer ?? encodeRefusal(request));
    });
  }

  async #found(request: BootRequest): Promise<Uint8Array | undefined> {
    const { files } = this.#options;
    switch (request.type) {
      case "get": {
        const bytes = await files.read(request.path);
        return bytes && encodeFile(bytes);
      }
      case "list_dir": {
        const names = files.list(request.path);
        return names && encodeNames(names);
      }
      case "read_file_info":
      case "read_link_info": {
        const info = files.info(request.path);
        return info && encodeFileInfo(request.type, info);
      }
      case "get_cwd": // a client here has no working folder
      case "unknown":
        return undefined;
    }
  }
}

function isSame(packet: Uint8Array, token: string): boolean {
  const expected = Buffer.from(token, "utf8");
  return packet.byteLength === expected.byteLength && timingSafeEqual(packet, expected);
}
