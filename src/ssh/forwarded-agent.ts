import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { BaseAgent, type ParsedKey, type SignCallback } from "ssh2";

/** The agent behind a socket, for what runs on a host: each of its connections is one to the socket here. */
export class ForwardedAgent extends BaseAgent<ParsedKey> {
  readonly #socket: string;

  constructor(socket: string) {
    super();
    this.#socket = socket;
  }

  override getStream(callback: (error: Error | undefined, stream?: Duplex) => void): void {
    const socket = connect(this.#socket);
    let isOpen = false;
    socket.once("connect", () => {
      isOpen = true;
      callback(undefined, socket);
    });
    // What breaks later ends the stream, which is all that the host has to know.
    socket.on("error", (error) => {
      if (!isOpen) callback(error);
    });
  }

  /** Logins here go through {@linkcode AgentKey}. */
  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, []);
  }

  override sign(_key: ParsedKey, _data: Buffer, _options: unknown, callback?: SignCallback): void {
    callback?.(new Error("It signs nothing here"));
  }
}
