import { connect as connectSocket } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { DistConnection } from "../../src/dist/connection.ts";
import {
  decodeControlMessage,
  encodeControlMessage,
  type ControlMessage,
} from "../../src/dist/control-message.ts";
import { missingFlags, OFFERED_FLAGS } from "../../src/dist/flags.ts";
import {
  decodeHandshakeMessage,
  encodeHandshakeMessage,
  type HandshakeMessage,
} from "../../src/dist/handshake-message.ts";
import { genDigest } from "../../src/dist/handshake.ts";
import { LocalNode } from "../../src/dist/local-node.ts";
import { RemoteCalls } from "../../src/dist/remote-calls.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, charlist, Pid, Reference, tuple, type Term } from "../../src/etf/term.ts";
import { AcceptingNode } from "../doubles/accepting-node.ts";
import { byteStreamPair } from "../doubles/byte-stream-pair.ts";
import { socketStream } from "../doubles/socket-stream.ts";
import { COOKIE, linkTo, startErlangNode, type ErlangNode } from "./erlang-node.ts";

let node: ErlangNode;

beforeAll(async () => {
  node = await startErlangNode(["-kernel", "net_ticktime", "4"]);
});

afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

const own = (cookie = COOKIE): { name: string; creation: number; cookie: string } => ({
  name: node.local.name,
  creation: node.local.creation,
  cookie,
});

async function initiate(cookie: string, expectedName = node.name): Promise<DistConnection> {
  return DistConnection.initiate(socketStream(connectSocket(node.entry.port, "127.0.0.1")), {
    own: own(cookie),
    expectedName,
    signal: AbortSignal.timeout(10_000),
  });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FusionPlayError);
  return (error as FusionPlayError).code;
}

test("initiate() is refused by a real node for a wrong cookie", async () => {
  // The node hangs up on us, as our digest is wrong.
  expect(["NODE_LOST", "HANDSHAKE_REFUSED"]).toContain(await codeOf(initiate("wrong")));
});

test("initiate() refuses a node that calls itself otherwise", async () => {
  expect(await codeOf(initiate(COOKIE, "somebody@127.0.0.1"))).toBe("HANDSHAKE_REFUSED");
});

test("AcceptingNode lets a real node in that connects by itself, and it then sees us as a hidden node", async () => {
  using link = await linkTo(node);
  const accepted = new Promise<AcceptingNode>((resolve, reject) => {
    node.onConnection((socket) => {
      const options = { own: own(), expectedName: node.name, signal: AbortSignal.timeout(10_000) };
      AcceptingNode.accept(socketStream(socket), options).then(resolve, reject);
    });
  });
  const options = { signal: AbortSignal.timeout(10_000), onOutput: () => {} };
  // Dropping our link and sending to us makes the node look us up in EPMD and connect.
  const source = `spawn(fun() ->
    erlang:disconnect_node('${node.local.name}'), timer:sleep(100),
    {somebody, '${node.local.name}'} ! {hello, nodes(hidden), nodes()}
  end).`;
  const parsed = await parse(source, link.calls.call.bind(link.calls));
  await link.calls.call("erl_eval", "exprs", [parsed, []], options);
  using connection = await accepted;
  const message = await new Promise<ControlMessage>((resolve) => connection.listen(resolve));
  expect(message).toMatchObject({ type: "REG_SEND", to: "somebody" });
  if (message.type !== "REG_SEND") throw new Error("no REG_SEND came");
  const [, hidden, visible] = (message.message as unknown as { elements: Term[] }).elements;
  expect(visible).toEqual([]);
  expect(hidden === undefined || Array.isArray(hidden)).toBe(true);
});

async function parse(
  source: string,
  call: (m: string, f: string, a: Term[], o: { signal: AbortSignal; onOutput: () => void }) => Promise<Term>,
): Promise<Term> {
  const options = { signal: AbortSignal.timeout(10_000), onOutput: (): void => {} };
  const tokens = await call("erl_scan", "string", [charlist(source)], options);
  const forms = await call("erl_parse", "parse_exprs", [elementOf(tokens)], options);
  return elementOf(forms);
}

function elementOf(term: Term): Term {
  return (term as unknown as { elements: Term[] }).elements[1] as Term;
}

test("a silent connection is kept by ticks in both directions for longer than the tick time", async () => {
  using link = await linkTo(node, { tickTimeMs: 4000, maxSilenceMs: 4000 });
  let ended = false;
  void link.connection.closed.then(() => {
    ended = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 7000));
  expect(ended).toBe(false);
  const result = await link.calls.call("erlang", "node", [], {
    signal: AbortSignal.timeout(5000),
    onOutput: () => {},
  });
  expect(result).toEqual(atom(node.name));
});

test("a peer that falls silent is given up after a while", async () => {
  const link = await linkTo(node, { tickTimeMs: 800, maxSilenceMs: 800 });
  node.process.kill("SIGSTOP");
  // Its threads stop one after another, and could answer until then.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const pending = link.calls.call("erlang", "node", [], {
    signal: new AbortController().signal,
    onOutput: () => {},
  });
  try {
    expect(await codeOf(pending)).toBe("NODE_LOST");
    expect(await link.connection.closed).toMatchObject({ code: "NODE_LOST" });
  } finally {
    node.process.kill("SIGCONT");
  }
});

test("initiate() ends with the signal's reason when nobody answers", async () => {
  const [ours] = byteStreamPair();
  const reason = new Error("enough");
  const controller = new AbortController();
  const pending = DistConnection.initiate(ours, {
    own: own(),
    expectedName: "x@y",
    signal: controller.signal,
  });
  controller.abort(reason);
  await expect(pending).rejects.toBe(reason);
});

test("bytes that break the protocol end the connection and are told as such", async () => {
  const [ours, theirs] = byteStreamPair();
  const signal = AbortSignal.timeout(5000);
  const [us, peer] = await Promise.all([
    DistConnection.initiate(ours, { own: { ...own(), name: "a@b" }, expectedName: "c@d", signal }),
    AcceptingNode.accept(theirs, { own: { ...own(), name: "c@d" }, expectedName: "a@b", signal }),
  ]);
  us.listen(() => {});
  theirs.write(Uint8Array.of(0, 0, 0, 3, 112, 131, 99));
  expect(await us.closed).toMatchObject({ code: "PROTOCOL_VIOLATION" });
  peer[Symbol.dispose]();
});

test("a message that is announced larger than allowed ends the connection before it is stored", async () => {
  const [ours, theirs] = byteStreamPair();
  const signal = AbortSignal.timeout(5000);
  const limits = { maxMessageBytes: 1000 };
  const [us, peer] = await Promise.all([
    DistConnection.initiate(ours, { own: { ...own(), name: "a@b" }, expectedName: "c@d", signal, ...limits }),
    AcceptingNode.accept(theirs, { own: { ...own(), name: "c@d" }, expectedName: "a@b", signal }),
  ]);
  us.listen(() => {});
  theirs.write(Uint8Array.of(0, 1, 0, 0));
  expect(await us.closed).toMatchObject({ code: "PROTOCOL_VIOLATION" });
  peer[Symbol.dispose]();
});

test("genDigest() gives the digest that OTP computes", async () => {
  using link = await linkTo(node);
  const options = { signal: AbortSignal.timeout(5000), onOutput: () => {} };
  const expected = await link.calls.call("erlang", "md5", [charlist("secret4294967295")], options);
  expect(Buffer.from(genDigest(4294967295, "secret"))).toEqual(Buffer.from(expected as Uint8Array));
});

test("missingFlags() names what a peer lacks", () => {
  expect(missingFlags(OFFERED_FLAGS)).toEqual([]);
  expect(missingFlags(OFFERED_FLAGS & ~0x1_0000_0000n)).toEqual(["SPAWN"]);
});

const PID = new Pid("a@b", 1, 2, 3);
const REFERENCE = new Reference("a@b", 3, [1, 2, 3]);

test.each<Exclude<ControlMessage, { type: "other" }>>([
  { type: "SEND", to: PID, message: tuple(atom("x"), 1) },
  { type: "REG_SEND", from: PID, to: "name", message: [1] },
  { type: "MONITOR_P", from: PID, to: PID, reference: REFERENCE },
  { type: "DEMONITOR_P", from: PID, to: atom("name"), reference: REFERENCE },
  { type: "MONITOR_P_EXIT", from: PID, to: PID, reference: REFERENCE, reason: atom("normal") },
  { type: "SPAWN_REPLY", reference: REFERENCE, to: PID, result: PID },
  {
    type: "SPAWN_REQUEST",
    request: {
      reference: REFERENCE,
      from: PID,
      groupLeader: PID,
      module: "m",
      function: "f",
      args: [1, atom("a")],
      monitor: true,
    },
  },
])("decodeControlMessage() gives back $type", (message) => {
  expect(decodeControlMessage(Buffer.concat(encodeControlMessage(message)).subarray(4))).toEqual(message);
});

test("decodeControlMessage() gives a message or a DecodeError for any bytes", () => {
  const seeds = [
    ...[
      encodeControlMessage({ type: "SEND", to: PID, message: [1, 2] }),
      encodeControlMessage({ type: "SPAWN_REPLY", reference: REFERENCE, to: PID, result: PID }),
    ].map((parts) => Buffer.concat(parts).subarray(4)),
    Buffer.concat([Buffer.of(112), encodeTerm(tuple(29, REFERENCE, PID, PID, 1, []))]),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      fc.nat(200),
      (seed, edits, cut) => {
        const bytes = Buffer.from(seed).subarray(0, cut === 0 ? undefined : cut);
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        try {
          decodeControlMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      },
    ),
    { numRuns: 20_000 },
  );
});

test("decodeHandshakeMessage() gives a message or a DecodeError for any bytes", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom("initiator", "acceptor"),
      (bytes, sender) => {
        try {
          decodeHandshakeMessage(bytes, sender);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      },
    ),
    { numRuns: 20_000 },
  );
});

/** Has what is written within a turn sent as one piece. */
function corked(stream: ByteStream): ByteStream {
  let waiting: Uint8Array[] = [];
  return {
    listen: (listener) => stream.listen(listener),
    write: (chunk) => {
      if (waiting.length === 0) {
        setImmediate(() => {
          stream.write(Buffer.concat(waiting));
          waiting = [];
        });
      }
      waiting.push(chunk);
    },
    get queuedBytes() {
      return stream.queuedBytes;
    },
    close: () => stream.close(),
  };
}

test("initiate() hands a connection out with the answer to the challenge, where the peer is proven", async () => {
  const local = new LocalNode(`early_${process.pid}@127.0.0.1`);
  const socket = socketStream(connectSocket(node.entry.port, "127.0.0.1"));
  const pieces: Uint8Array[] = [];
  const stream: ByteStream = {
    listen: (listener) => socket.listen(listener),
    write: (chunk) => {
      pieces.push(chunk);
      socket.write(chunk);
    },
    queuedBytes: 0,
    close: () => socket.close(),
  };
  using connection = await DistConnection.initiate(corked(stream), {
    own: { name: local.name, creation: local.creation, cookie: COOKIE },
    expectedName: node.name,
    signal: AbortSignal.timeout(10_000),
    acknowledgeMs: 10_000,
  });
  const calls = new RemoteCalls(connection, local, { onStrayOutput: () => {} });
  const options = { signal: AbortSignal.timeout(10_000), onOutput: (): void => {} };
  const results = await Promise.all(
    ["one", "two"].map((name) => calls.call("erlang", "list_to_atom", [charlist(name)], options)),
  );
  expect(results).toEqual([atom("one"), atom("two")]);
  // send_name; and the answer, with both requests.
  expect(pieces).toHaveLength(2);
});

/** A peer that says what a test wants, whatever it gets, and a connection to it. */
function initiateTo(options: { acknowledgeMs?: number }): {
  connection: Promise<DistConnection>;
  say: (message: HandshakeMessage) => void;
  challenge: () => void;
  sendRaw: (bytes: Uint8Array) => void;
} {
  const [ours, theirs] = byteStreamPair();
  theirs.listen({ onBytes: () => {}, onEnd: () => {} });
  const say = (message: HandshakeMessage): void => theirs.write(encodeHandshakeMessage(message));
  const name = "peer@127.0.0.1";
  return {
    connection: DistConnection.initiate(ours, {
      own: own(),
      expectedName: name,
      signal: AbortSignal.timeout(10_000),
      ...options,
    }),
    say,
    challenge: () => {
      say({ type: "send_status", status: "ok" });
      say({ type: "send_challenge", flags: OFFERED_FLAGS, challenge: 1, creation: 4, name });
    },
    sendRaw: (bytes) => theirs.write(bytes),
  };
}

const WRONG_ACK: HandshakeMessage = { type: "send_challenge_ack", digest: new Uint8Array(16) };

test("a wrong acknowledgement ends a connection that was handed out, and nothing behind it is looked at", async () => {
  const peer = initiateTo({ acknowledgeMs: 10_000 });
  peer.challenge();
  using connection = await peer.connection;
  const heard: ControlMessage[] = [];
  connection.listen((message) => heard.push(message));
  peer.say(WRONG_ACK);
  // SEND_SENDER to a process, which would be handed out.
  const control = tuple(22, new Pid("a@b", 1, 0, 1), new Pid("a@b", 2, 0, 1));
  const message = Buffer.concat([Uint8Array.of(112), encodeTerm(control), encodeTerm(atom("forged"))]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.byteLength);
  peer.sendRaw(Buffer.concat([length, message]));
  expect(await connection.closed).toMatchObject({
    name: "HandshakeError",
    code: "HANDSHAKE_COOKIE_MISMATCH",
  });
  expect(heard).toEqual([]);
});

test("what comes in place of an acknowledgement ends a connection that was handed out", async () => {
  const peer = initiateTo({ acknowledgeMs: 10_000 });
  peer.challenge();
  using connection = await peer.connection;
  connection.listen(() => {});
  peer.say({ type: "send_status", status: "ok" });
  expect(await connection.closed).toMatchObject({ code: "PROTOCOL_VIOLATION" });
});

test("a connection that was handed out ends when it is not acknowledged in time", async () => {
  const peer = initiateTo({ acknowledgeMs: 50 });
  peer.challenge();
  using connection = await peer.connection;
  expect(await connection.closed).toMatchObject({
    code: "NODE_LOST",
    message: "Cannot reach the node any longer: it did not acknowledge the handshake within 0.05 s",
  });
});

test("initiate() waits for the acknowledgement of a peer that has proved nothing, and refuses a wrong one", async () => {
  const peer = initiateTo({});
  let isHandedOut = false;
  const connection = peer.connection.then(() => (isHandedOut = true));
  connection.catch(() => {});
  peer.challenge();
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  expect(isHandedOut).toBe(false);
  peer.say(WRONG_ACK);
  expect(await codeOf(connection)).toBe("HANDSHAKE_COOKIE_MISMATCH");
});

test("a peer that talks on and on before anybody listens loses the connection", async () => {
  const [ours, theirs] = byteStreamPair();
  const signal = AbortSignal.timeout(5000);
  const [us, peer] = await Promise.all([
    DistConnection.initiate(ours, { own: { ...own(), name: "a@b" }, expectedName: "c@d", signal }),
    AcceptingNode.accept(theirs, { own: { ...own(), name: "c@d" }, expectedName: "a@b", signal }),
  ]);
  // Ticks may come.
  theirs.write(Buffer.alloc(4096));
  const message = Buffer.alloc(64 * 1024);
  message.writeUInt32BE(message.length - 4);
  for (let count = 0; count <= 17; count++) theirs.write(message);
  expect(await us.closed).toMatchObject({
    code: "PROTOCOL_VIOLATION",
    message: "Cannot serve the node: it says too much before it is asked",
  });
  peer[Symbol.dispose]();
});
