import { connect } from "node:net";
import {
  AgentProtocol,
  BaseAgent,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from "ssh2";
import { within } from "../waits/within.ts";

/** How long an agent may take to list its keys; it needs no person for that. */
const LIST_MS = 5000;

/**
 * Lists the keys that an agent holds; those of types that are not supported are left out.
 *
 * @param signal Ends the listing, and later what the keys sign
 * @throws {Error} if the agent does not answer properly, or the signal's reason
 */
export async function listAgentKeys(socket: string, signal: AbortSignal): Promise<AgentKey[]> {
  const keys = await within(LIST_MS, [signal], (bounded) =>
    ask<ParsedKey[] | undefined>(socket, bounded, (protocol, done) => protocol.getIdentities(done)),
  );
  return (keys ?? []).map((key) => new AgentKey(socket, key, signal));
}

/** An agent with one key, so that keys can be offered one by one and in our order. */
export class AgentKey extends BaseAgent<ParsedKey> {
  readonly key: ParsedKey;
  readonly #socket: string;
  readonly #signal: AbortSignal;

  constructor(socket: string, key: ParsedKey, signal: AbortSignal) {
    super();
    this.key = key;
    this.#socket = socket;
    this.#signal = signal;
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, [this.key]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const [settings, done] = typeof options === "function" ? [{}, options] : [options, callback];
    ask<Buffer | undefined>(this.#socket, this.#signal, (protocol, answered) =>
      protocol.sign(key, data, settings, answered),
    ).then(
      (signature) => done?.(undefined, signature),
      (error: Error) => done?.(error),
    );
  }
}

/** Asks one question. The socket is ours, so that an agent that never answers leaves nothing open. */
async function ask<T>(
  path: string,
  signal: AbortSignal,
  question: (protocol: AgentProtocol, done: (error?: Error | null, answer?: T) => void) => void,
): Promise<T> {
  signal.throwIfAborted();
  const socket = connect(path);
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort);
      const fail = (error?: Error): void => reject(error ?? new Error("The agent hung up"));
      const protocol = new AgentProtocol(true);
      protocol.on("error", fail);
      socket.on("error", fail).on("close", () => fail());
      protocol.pipe(socket).pipe(protocol);
      question(protocol, (error, answer) => (error ? fail(error) : resolve(answer as T)));
    });
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}
