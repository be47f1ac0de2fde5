import { DistConnection, type ConnectionOptions } from "../../src/dist/connection.ts";
import type { ControlMessage } from "../../src/dist/control-message.ts";
import { LocalNode } from "../../src/dist/local-node.ts";
import { RemoteCalls } from "../../src/dist/remote-calls.ts";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, tuple, type Pid, type Reference, type Term } from "../../src/etf/term.ts";
import { AcceptingNode } from "../doubles/accepting-node.ts";
import { byteStreamPair } from "../doubles/byte-stream-pair.ts";

/** A node that knows the cookie and then sends whatever a test wants. */
export interface HostilePeer extends Disposable {
  /** Our side, as sessions have it. */
  readonly calls: RemoteCalls;
  readonly connection: DistConnection;
  readonly local: LocalNode;
  /** What the peer got from us. */
  readonly got: ControlMessage[];
  /** What was printed outside of every call. */
  readonly stray: string[];
  /** Sends bytes as they are. */
  sendRaw(bytes: Uint8Array): void;
  /** Sends a message, with its length and the byte of pass-through messages before it. */
  send(control: Term, ...payload: Term[]): void;
  /** Starts a call of ours, and waits for its request. */
  startCall(onOutput?: (text: string) => void): Promise<StartedCall>;
}

export interface StartedCall {
  readonly reference: Reference;
  readonly from: Pid;
  readonly groupLeader: Pid;
  /** What the call printed, unless somebody else gets it. */
  readonly output: string[];
  /** The result, or the error as a value. */
  readonly outcome: Promise<unknown>;
}

export const PEER_NAME = "peer@127.0.0.1";
const COOKIE = "of both";

export async function connectHostilePeer(
  [ours, theirs]: readonly [ByteStream, ByteStream] = byteStreamPair(),
  options: Partial<ConnectionOptions> = {},
): Promise<HostilePeer> {
  const local = new LocalNode("us@127.0.0.1");
  const signal = AbortSignal.timeout(60_000);
  const [connection, peer] = await Promise.all([
    DistConnection.initiate(ours, {
      own: { name: local.name, creation: local.creation, cookie: COOKIE },
      expectedName: PEER_NAME,
      signal,
      ...options,
    }),
    AcceptingNode.accept(theirs, {
      own: { name: PEER_NAME, creation: 4, cookie: COOKIE },
      expectedName: local.name,
      signal,
    }),
  ]);
  const got: ControlMessage[] = [];
  const stray: string[] = [];
  const waiting = new Set<() => void>();
  peer.listen((message) => {
    got.push(message);
    waiting.forEach((check) => check());
  });
  const calls = new RemoteCalls(connection, local, { onStrayOutput: (text) => stray.push(text) });
  return {
    calls,
    connection,
    local,
    got,
    stray,
    sendRaw: (bytes) => theirs.write(bytes),
    send: (control, ...payload) => theirs.write(frame(passThrough(control, ...payload))),
    startCall: async (onOutput) => {
      const output: string[] = [];
      const outcome = calls
        .call("m", "f", [], { signal, onOutput: onOutput ?? ((text) => output.push(text)) })
        .catch((error: unknown) => error);
      const asked = got.length;
      const request = await new Promise<Extract<ControlMessage, { type: "SPAWN_REQUEST" }>>((resolve) => {
        const check = (): void => {
          const found = got.slice(asked).find((message) => message.type === "SPAWN_REQUEST");
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      });
      const { reference, from, groupLeader } = request.request;
      return { reference, from, groupLeader, output, outcome };
    },
    [Symbol.dispose]: () => {
      connection[Symbol.dispose]();
      peer[Symbol.dispose]();
    },
  };
}

/** A frame of four bytes of length. */
export function frame(data: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(data.byteLength);
  return Buffer.concat([header, data]);
}

export function passThrough(control: Term, ...payload: Term[]): Buffer {
  return Buffer.concat([Buffer.of(112), encodeTerm(control), ...payload.map((term) => encodeTerm(term))]);
}

/** The reason with which the process of a call ends that gives `value`. */
export function returned(reference: Reference, value: Term): Term {
  return tuple(reference, atom("return"), value);
}
