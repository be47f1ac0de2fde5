import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { DistConnection } from "../../src/dist/connection.ts";
import { decodeHandshakeMessage, encodeHandshakeMessage } from "../../src/dist/handshake-message.ts";
import { OFFERED_FLAGS } from "../../src/dist/flags.ts";
import { genDigest } from "../../src/dist/handshake.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { termToValue } from "../../src/etf/term-to-value.ts";
import { atom, binary, MapTerm, Pid, Reference, tuple, type Term } from "../../src/etf/term.ts";
import { byteStreamPair } from "../doubles/byte-stream-pair.ts";
import { socketStream } from "../doubles/socket-stream.ts";
import { connectHostilePeer, frame, passThrough, PEER_NAME, returned } from "./hostile-peer.ts";

const PROCESS = new Pid(PEER_NAME, 77, 0, 4);
const REFERENCE = new Reference(PEER_NAME, 4, [1, 2, 3]);
const UNUSED = atom("");
const MEBIBYTE = 1024 * 1024;

/** Our memory after everything that nobody needs was given back. */
function memory(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function ioRequest(request: Term, replyAs: Term = REFERENCE): Term {
  return tuple(atom("io_request"), PROCESS, replyAs, request);
}

test("a peer that asks for spawns and monitors is told that there is nothing", async () => {
  using peer = await connectHostilePeer();
  const call = await peer.startCall();
  const mfa = tuple(atom("erlang"), atom("halt"), 0);
  peer.send(tuple(29, REFERENCE, PROCESS, PROCESS, mfa, [atom("monitor"), atom("link")]), []);
  peer.send(tuple(19, PROCESS, atom("rex"), REFERENCE));
  // A pid that might be one of ours, and one that was.
  peer.send(tuple(19, PROCESS, new Pid(peer.local.name, 1, 0, peer.local.creation), REFERENCE));
  const { node, id, serial } = call.groupLeader;
  peer.send(tuple(19, PROCESS, new Pid(node, id, serial, 5), REFERENCE));
  await expect
    .poll(() => peer.got.slice(1))
    .toMatchObject([
      { type: "SPAWN_REPLY", result: atom("notsup") },
      { type: "MONITOR_P_EXIT", from: atom("rex"), reason: atom("noproc") },
      { type: "MONITOR_P_EXIT", reason: atom("noproc") },
      { type: "MONITOR_P_EXIT", reason: atom("noproc") },
    ]);
});

test("a peer that monitors a group leader of long ago is told nothing, and of one to come that there is none", async () => {
  using peer = await connectHostilePeer();
  const calls = [];
  for (let count = 0; count < 102; count++) {
    const { reference, from, groupLeader, outcome } = await peer.startCall();
    peer.send(tuple(28, PROCESS, from, reference), returned(reference, count));
    await outcome;
    calls.push(groupLeader);
  }
  const [first, last] = [calls[0] as Pid, calls.at(-1) as Pid];
  const next = new Pid(last.node, last.id + 1, last.serial, last.creation);
  for (const leader of [first, last, next]) peer.send(tuple(19, PROCESS, leader, REFERENCE));
  peer.send(tuple(19, PROCESS, atom("rex"), REFERENCE));
  const told = (): unknown[] =>
    peer.got.flatMap((message) => (message.type === "MONITOR_P_EXIT" ? [message.from] : []));
  await expect.poll(told).toEqual([next, atom("rex")]);
});

test("what a peer sends to names, links, exits and unknown operations are dropped, and calls go on", async () => {
  using peer = await connectHostilePeer();
  const call = await peer.startCall();
  const { from: ours, groupLeader } = call;
  const halt = tuple(atom("call"), atom("erlang"), atom("halt"), [], PROCESS);
  for (const name of [
    "rex",
    "net_kernel",
    "global_name_server",
    "global_group",
    "init",
    "user",
    "logger",
    "kernel_sup",
    "erl_prim_loader",
    "code_server",
    "file_server_2",
    "auth",
    "",
  ]) {
    peer.send(
      tuple(6, PROCESS, UNUSED, atom(name)),
      tuple(atom("$gen_call"), tuple(PROCESS, REFERENCE), halt),
    );
    peer.send(tuple(6, PROCESS, UNUSED, atom(name)), tuple(atom("stop"), atom("stop")));
  }
  for (const to of [ours, groupLeader]) {
    peer.send(tuple(1, PROCESS, to)); // LINK
    peer.send(tuple(3, PROCESS, to, atom("kill"))); // EXIT
    peer.send(tuple(4, PROCESS, to)); // UNLINK
    peer.send(tuple(7, PROCESS, to)); // GROUP_LEADER
    peer.send(tuple(8, PROCESS, to, atom("kill"))); // EXIT2
    peer.send(tuple(24, PROCESS, to), atom("kill")); // PAYLOAD_EXIT
    peer.send(tuple(26, PROCESS, to), atom("kill")); // PAYLOAD_EXIT2
    peer.send(tuple(35, 1, PROCESS, to)); // UNLINK_ID
    peer.send(tuple(2, UNUSED, to), tuple(atom("system"), tuple(PROCESS, REFERENCE), atom("get_state")));
  }
  peer.send(tuple(5)); // NODE_LINK
  peer.send(tuple(33, PROCESS, REFERENCE), halt); // ALIAS_SEND
  peer.send(tuple(99, [halt]), halt);
  peer.send(tuple(-1));
  peer.send(tuple(28, PROCESS, call.from, call.reference), returned(call.reference, 7));
  expect(await call.outcome).toBe(7);
  expect(peer.got).toHaveLength(1);
});

test("only the reply to our own reference, of this connection, ends a call, and only once", async () => {
  using peer = await connectHostilePeer();
  const call = await peer.startCall();
  const { reference, from } = call;
  const { name, creation } = peer.local;
  const forged = [
    new Reference(name, creation + 1, reference.words),
    new Reference("others@127.0.0.1", creation, reference.words),
    new Reference(name, creation, [reference.words[0] ?? 0, 1, 0]),
    new Reference(name, creation, [...reference.words, 0]),
    new Reference(name, creation, reference.words.slice(0, 2)),
  ];
  for (const wrong of forged) {
    peer.send(tuple(31, wrong, from, 0, atom("badarg")));
    peer.send(tuple(28, PROCESS, from, wrong), returned(reference, atom("forged")));
  }
  peer.send(tuple(28, PROCESS, from, reference), returned(reference, atom("true")));
  peer.send(tuple(28, PROCESS, from, reference), returned(reference, atom("late")));
  peer.send(tuple(31, reference, from, 0, PROCESS));
  expect(await call.outcome).toEqual(atom("true"));
  expect(peer.calls.pending).toBe(0);
  expect((await peer.startCall()).reference).not.toEqual(reference);
});

test("what is printed to a pid of another creation or node is not taken for that of a call", async () => {
  using peer = await connectHostilePeer();
  const call = await peer.startCall();
  const { id, serial, creation } = call.groupLeader;
  const print = (to: Pid, text: string): void =>
    peer.send(tuple(2, UNUSED, to), ioRequest(tuple(atom("put_chars"), atom("unicode"), binary(text))));
  print(new Pid(peer.local.name, id, serial, creation + 1), "forged");
  print(new Pid("others@127.0.0.1", id, serial, creation), "forged");
  print(call.groupLeader, "own");
  await expect.poll(() => call.output).toEqual(["own"]);
  expect(peer.stray).toEqual([]);
});

/** Frames that must end the connection, with an error and no exception that nobody catches. */
const nil = 106;
const wrong: [name: string, bytes: () => Uint8Array, why: RegExp][] = [
  ["a length of 4 GiB", () => Buffer.of(0xff, 0xff, 0xff, 0xff), /4294967295 bytes/],
  ["a frame of one byte in the place of a tick", () => Buffer.of(0, 0, 0, 1, 0), /type 0/],
  [
    "an atom of 300 characters that it monitors",
    () =>
      frame(
        Buffer.concat([Buffer.of(112, 131, 104, 4, 97, 19), rest(PROCESS), atomOf(300), rest(REFERENCE)]),
      ),
    /255 characters/,
  ],
  [
    "an atom of 65535 characters as the name of its node",
    () =>
      frame(
        Buffer.concat([
          Buffer.of(112, 131, 104, 3, 97, 2, 119, 0, 88),
          Buffer.of(100, 0xff, 0xff),
          Buffer.alloc(0xffff, "a"),
          Buffer.alloc(12),
        ]),
      ),
    /255 characters/,
  ],
  [
    "lists in lists, 10 million deep",
    () =>
      frame(
        Buffer.concat([
          passThrough(tuple(2, UNUSED, PROCESS)),
          Buffer.of(131),
          Buffer.alloc(50_000_000, Buffer.of(108, 0, 0, 0, 1)),
          Buffer.of(nil),
        ]),
      ),
    /nests deeper/,
  ],
  [
    "tuples in tuples, 10 million deep, in the control message",
    () =>
      frame(
        Buffer.concat([Buffer.of(112, 131), Buffer.alloc(20_000_000, Buffer.of(104, 1)), Buffer.of(nil)]),
      ),
    /nests deeper/,
  ],
  [
    "maps in maps, as keys",
    () =>
      frame(
        Buffer.concat([
          passThrough(tuple(2, UNUSED, PROCESS)),
          Buffer.of(131),
          Buffer.alloc(5_000_000, Buffer.of(116, 0, 0, 0, 1)),
          Buffer.alloc(1_000_000, nil),
        ]),
      ),
    /nests deeper/,
  ],
  ["20 million empty lists", () => manyOf(20_000_000, Buffer.of(nil)), /bytes of memory/],
  ["10 million empty tuples", () => manyOf(10_000_000, Buffer.of(104, 0)), /bytes of memory/],
  ["5 million empty maps", () => manyOf(5_000_000, Buffer.of(116, 0, 0, 0, 0)), /bytes of memory/],
  [
    "an integer of 70,000 bytes",
    () =>
      frame(
        Buffer.concat([
          passThrough(tuple(2, UNUSED, PROCESS)),
          Buffer.of(131, 111, 0, 1, 0x11, 0x70, 0),
          Buffer.alloc(70_000, 0xff),
        ]),
      ),
    /integer: 70000 bytes/,
  ],
  [
    "a compressed term, which no node sends",
    () =>
      frame(
        Buffer.concat([
          passThrough(tuple(2, UNUSED, PROCESS)),
          encodeTerm(binary("x".repeat(MEBIBYTE)), { compressed: true }),
        ]),
      ),
    /inflate/,
  ],
  ["a distribution header", () => frame(Buffer.of(131, 68, 0)), /type 131/],
  [
    "a control message that is no tuple",
    () => frame(Buffer.concat([Buffer.of(112), encodeTerm([1])])),
    /tuple/,
  ],
  ["a message without its payload", () => frame(passThrough(tuple(6, PROCESS, UNUSED, atom("rex")))), /left/],
  [
    "a spawn request without a function",
    () => frame(passThrough(tuple(29, REFERENCE, PROCESS, PROCESS, 1, []), [])),
    /names no function/,
  ],
  ["a monitor of a number", () => frame(passThrough(tuple(19, PROCESS, 1, REFERENCE))), /pid or an atom/],
];

/** A term without its version byte. */
function rest(term: Term): Buffer {
  return encodeTerm(term).subarray(1);
}

/** ATOM_UTF8_EXT */
function atomOf(length: number): Buffer {
  const name = Buffer.alloc(length, "a");
  const header = Buffer.of(118, length >> 8, length & 0xff);
  return Buffer.concat([header, name]);
}

/** A message with a list of the same term. */
function manyOf(count: number, term: Uint8Array): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt16BE(131 * 256 + 108);
  header.writeUInt32BE(count, 2);
  const list = Buffer.concat([header, Buffer.alloc(count * term.byteLength, term), Buffer.of(nil)]);
  return frame(Buffer.concat([passThrough(tuple(2, UNUSED, PROCESS)), list]));
}

test.each(wrong)("%s ends the connection, with the reason, and keeps no memory", async (_, bytes, why) => {
  using peer = await connectHostilePeer();
  using other = await connectHostilePeer();
  const call = await peer.startCall();
  const otherCall = await other.startCall();
  const before = memory();
  peer.sendRaw(bytes());
  const error = await peer.connection.closed;
  expect(error).toMatchObject({ code: "PROTOCOL_VIOLATION", message: expect.stringMatching(why) });
  expect(await call.outcome).toMatchObject({ code: "NODE_LOST", message: error?.message });
  // Buffers are given back by another thread of V8, which a busy machine may hold up.
  await expect.poll(() => memory() - before, { timeout: 10_000 }).toBeLessThan(50 * MEBIBYTE);
  other.send(tuple(28, PROCESS, otherCall.from, otherCall.reference), returned(otherCall.reference, 1));
  expect(await otherCall.outcome).toBe(1);
});

test("a list of 16 million characters is taken, as it is what os:cmd/1 may give", async () => {
  using peer = await connectHostilePeer();
  const call = await peer.startCall();
  const prefix = encodeTerm(tuple(call.reference, atom("return"), 1)).subarray(0, -2);
  const list = Buffer.alloc(5);
  list.writeUInt8(108);
  list.writeUInt32BE(16_000_000, 1);
  const control = passThrough(tuple(28, PROCESS, call.from, call.reference));
  peer.sendRaw(
    frame(Buffer.concat([control, prefix, list, Buffer.alloc(32_000_000, Buffer.of(97, 7)), Buffer.of(nil)])),
  );
  expect(await call.outcome).toHaveLength(16_000_000);
});

test("a reply byte by byte, with ticks before and after it, is a reply", async () => {
  using peer = await connectHostilePeer();
  const call = await peer.startCall();
  const ticks = Buffer.alloc(4 * 100_000);
  peer.sendRaw(ticks);
  const control = passThrough(tuple(28, PROCESS, call.from, call.reference), returned(call.reference, 7));
  for (const byte of frame(control)) peer.sendRaw(Uint8Array.of(byte));
  peer.sendRaw(ticks);
  expect(await call.outcome).toBe(7);
  expect(peer.got).toHaveLength(1);
});

test("a message that never ends, byte by byte, is no answer: the call ends with its signal", async () => {
  using peer = await connectHostilePeer();
  const controller = new AbortController();
  const outcome = peer.calls
    .call("m", "f", [], { signal: controller.signal, onOutput: () => {} })
    .catch((error: unknown) => error);
  peer.sendRaw(Buffer.of(0, 0, 0xff, 0xff));
  const before = memory();
  for (let count = 0; count < 60_000; count++) peer.sendRaw(Uint8Array.of(112));
  await new Promise((resolve) => setImmediate(resolve));
  expect(memory() - before).toBeLessThan(20 * MEBIBYTE);
  const reason = new Error("too late");
  controller.abort(reason);
  expect(await outcome).toBe(reason);
});

test("a flood of output is handed on piece by piece, and nothing of it is kept", async () => {
  using peer = await connectHostilePeer();
  let printed = 0;
  const { groupLeader } = await peer.startCall((text) => {
    printed += text.length;
  });
  const put = tuple(atom("put_chars"), atom("unicode"), binary("x".repeat(1000)));
  const message = frame(passThrough(tuple(2, UNUSED, groupLeader), ioRequest(put)));
  const thousand = Buffer.concat(Array.from({ length: 1000 }, () => message));
  const before = memory();
  for (let count = 1; count <= 100; count++) {
    peer.sendRaw(thousand);
    await expect.poll(() => printed, { timeout: 60_000 }).toBe(count * 1_000_000);
    peer.got.length = 0;
  }
  expect(memory() - before).toBeLessThan(30 * MEBIBYTE);
});

test("a peer that asks and does not read is ended before the answers fill the memory", async () => {
  await using sockets = await socketPair();
  const [ours, theirs] = sockets.ends;
  using peer = await connectHostilePeer([socketStream(ours), socketStream(theirs)], {
    maxUnreadBytes: MEBIBYTE,
  });
  theirs.pause();
  const request = frame(passThrough(tuple(19, PROCESS, atom("rex"), REFERENCE)));
  const thousand = Buffer.concat(Array.from({ length: 1000 }, () => request));
  let isClosed = false;
  void peer.connection.closed.then(() => {
    isClosed = true;
  });
  // The system takes some megabytes before it lets us wait.
  for (let count = 0; count < 2000 && !isClosed; count++) {
    peer.sendRaw(thousand);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ours.writableLength).toBeLessThan(20 * MEBIBYTE);
  }
  expect(await peer.connection.closed).toMatchObject({
    code: "PROTOCOL_VIOLATION",
    message: expect.stringMatching(/does not read/),
  });
});

test("text that the host never computes is given up, and what waits for it stays small", async () => {
  using peer = await connectHostilePeer();
  const { groupLeader } = await peer.startCall();
  const request = (mfa: Term[]): Term => tuple(atom("put_chars"), atom("unicode"), ...mfa);
  const format = request([atom("io_lib"), atom("format"), [binary("x".repeat(1000)), []]]);
  const message = frame(passThrough(tuple(2, UNUSED, groupLeader), ioRequest(format)));
  const before = memory();
  const thousand = Buffer.concat(Array.from({ length: 1000 }, () => message));
  for (let count = 0; count < 25; count++) peer.sendRaw(thousand);
  // Those that were asked for, and answers to the others.
  const answers = (): number => peer.got.filter(({ type }) => type === "SEND").length;
  await expect.poll(answers, { timeout: 60_000 }).toBe(5000);
  expect(peer.got.find(({ type }) => type === "SEND")).toMatchObject({
    message: tuple(atom("io_reply"), REFERENCE, tuple(atom("error"), atom("format"))),
  });
  peer.got.length = 0;
  // What was decoded is given back a moment later.
  await expect.poll(() => memory() - before, { timeout: 60_000 }).toBeLessThan(50 * MEBIBYTE);
});

test("text is printed however late the host answers, and given up when the connection ends", async () => {
  using peer = await connectHostilePeer();
  const { groupLeader, output } = await peer.startCall();
  const print = (): void => {
    const format = tuple(atom("put_chars"), atom("unicode"), atom("io_lib"), atom("format"), [
      binary("x"),
      [],
    ]);
    peer.send(tuple(2, UNUSED, groupLeader), ioRequest(format));
  };
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  try {
    print();
    while (peer.got.length < 2) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(600_000);
  } finally {
    vi.useRealTimers();
  }
  const [, asked] = peer.got;
  if (asked?.type !== "SPAWN_REQUEST") throw new Error("no text was asked for");
  const { reference, from } = asked.request;
  peer.send(tuple(28, PROCESS, from, reference), returned(reference, binary("late")));
  await expect.poll(() => output).toEqual(["late"]);
  print();
  await expect.poll(() => peer.calls.pending).toBe(2);
  peer.connection[Symbol.dispose]();
  await expect.poll(() => peer.calls.pending).toBe(0);
});

test("lists of requests that wait for the host are kept up to a limit", async () => {
  using peer = await connectHostilePeer();
  const { groupLeader } = await peer.startCall();
  const requests = tuple(atom("requests"), [
    tuple(atom("put_chars"), atom("unicode"), atom("io_lib"), atom("format"), []),
    tuple(atom("put_chars"), atom("unicode"), binary("x".repeat(4 * MEBIBYTE))),
  ]);
  const message = frame(passThrough(tuple(2, UNUSED, groupLeader), ioRequest(requests)));
  for (let count = 0; count < 50; count++) peer.sendRaw(message);
  const answers = (): number => peer.got.filter(({ type }) => type === "SEND").length;
  await expect.poll(answers, { timeout: 60_000 }).toBe(47);
});

test("a map with the names of JavaScript's own is nothing but data", async () => {
  using peer = await connectHostilePeer();
  const call = await peer.startCall();
  const value = new MapTerm([
    [binary("__proto__"), new MapTerm([[binary("polluted"), atom("true")]])],
    [binary("constructor"), binary("x")],
  ]);
  peer.send(tuple(28, PROCESS, call.from, call.reference), returned(call.reference, value));
  const shown = termToValue((await call.outcome) as Term) as Record<string, unknown>;
  expect(Object.keys(shown)).toEqual(["__proto__", "constructor"]);
  expect(Object.getPrototypeOf(shown)).toBe(Object.prototype);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

const US = "us@127.0.0.1";

/** Plays the acceptor by hand: `onMessage` gets what we send in the handshake. */
async function handshake(
  script: (
    message: ReturnType<typeof decodeHandshakeMessage>,
    reply: (...bytes: Uint8Array[]) => void,
  ) => void,
): Promise<unknown> {
  const [ours, theirs] = byteStreamPair();
  let pending = Buffer.alloc(0);
  theirs.listen({
    onBytes: (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE()) {
        const length = pending.readUInt16BE();
        const message = decodeHandshakeMessage(pending.subarray(2, 2 + length), "initiator");
        pending = pending.subarray(2 + length);
        script(message, (...bytes) => bytes.forEach((part) => theirs.write(part)));
      }
    },
    onEnd: () => {},
  });
  const own = { name: US, creation: 5, cookie: "secret" };
  return DistConnection.initiate(ours, {
    own,
    expectedName: PEER_NAME,
    signal: AbortSignal.timeout(60_000),
  }).then(
    () => "connected",
    (error: unknown) => error,
  );
}

const OK = encodeHandshakeMessage({ type: "send_status", status: "ok" });
const CHALLENGE = {
  type: "send_challenge",
  flags: OFFERED_FLAGS,
  challenge: 7,
  creation: 9,
  name: PEER_NAME,
} as const;
const digestOf = (challenge: number, cookie: string): Uint8Array =>
  encodeHandshakeMessage({ type: "send_challenge_ack", digest: genDigest(challenge, cookie) });

test("a handshake with the right digest connects: the script of these tests is one", async () => {
  const ended = await handshake((message, reply) => {
    if (message.type === "send_name") reply(OK, encodeHandshakeMessage(CHALLENGE));
    if (message.type === "send_challenge_reply") reply(digestOf(message.challenge, "secret"));
  });
  expect(ended).toBe("connected");
});

test("a handshake that is played again, and one that gives back our own digest, are refused", async () => {
  // What a real node once said: its challenge, and its digest of our challenge of that time.
  let recorded: Uint8Array[] = [];
  await handshake((message, reply) => {
    if (message.type === "send_name") reply(OK, encodeHandshakeMessage(CHALLENGE));
    if (message.type !== "send_challenge_reply") return;
    recorded = [OK, encodeHandshakeMessage(CHALLENGE), digestOf(message.challenge, "secret")];
    reply(recorded[2] as Uint8Array);
  });
  expect(recorded).toHaveLength(3);
  const replayed = await handshake((message, reply) => {
    if (message.type === "send_name") reply(...recorded);
  });
  expect(replayed).toMatchObject({ code: "HANDSHAKE_COOKIE_MISMATCH" });
  const reflected = await handshake((message, reply) => {
    if (message.type === "send_name") reply(OK, encodeHandshakeMessage(CHALLENGE));
    if (message.type !== "send_challenge_reply") return;
    reply(encodeHandshakeMessage({ type: "send_challenge_ack", digest: message.digest }));
  });
  expect(reflected).toMatchObject({ code: "HANDSHAKE_COOKIE_MISMATCH" });
});

test.each<[name: string, code: string, replies: Uint8Array[]]>([
  [
    "a digest of zeros",
    "HANDSHAKE_COOKIE_MISMATCH",
    [
      OK,
      encodeHandshakeMessage(CHALLENGE),
      encodeHandshakeMessage({ type: "send_challenge_ack", digest: new Uint8Array(16) }),
    ],
  ],
  [
    "the name of another host",
    "HANDSHAKE_REFUSED",
    [OK, encodeHandshakeMessage({ ...CHALLENGE, name: "other@127.0.0.1" })],
  ],
  ["our own name", "HANDSHAKE_REFUSED", [OK, encodeHandshakeMessage({ ...CHALLENGE, name: US })]],
  [
    "an end before the challenge",
    "PROTOCOL_VIOLATION",
    [OK, encodeHandshakeMessage({ type: "send_challenge_ack", digest: new Uint8Array(16) })],
  ],
  ["two statuses", "PROTOCOL_VIOLATION", [OK, OK]],
  [
    "the other role",
    "PROTOCOL_VIOLATION",
    [encodeHandshakeMessage({ type: "send_challenge_reply", challenge: 1, digest: new Uint8Array(16) })],
  ],
  [
    "a status with control characters",
    "HANDSHAKE_REFUSED",
    [encodeHandshakeMessage({ type: "send_status", status: "\u001b[2Jnok" })],
  ],
  ["a message of 65535 bytes", "PROTOCOL_VIOLATION", [Buffer.of(0xff, 0xff)]],
  ["a cut digest", "PROTOCOL_VIOLATION", [OK, encodeHandshakeMessage(CHALLENGE), Buffer.of(0, 3, 97, 1, 2)]],
  ["the handshake of version 5", "PROTOCOL_VIOLATION", [OK, Buffer.of(0, 3, 0x6e, 0, 5)]],
])("a handshake with %s fails with %s", async (_, code, replies) => {
  const ended = await handshake((message, reply) => {
    if (message.type === "send_name") reply(...replies);
  });
  expect(ended).toMatchObject({ code });
  expect((ended as Error).message).not.toContain("\u001b");
});

interface SocketPair extends AsyncDisposable {
  readonly ends: readonly [Socket, Socket];
}

/** Both ends of a real connection, whose buffers are limited. */
async function socketPair(): Promise<SocketPair> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const client = connect(port, "127.0.0.1").on("error", () => {});
  const [accepted] = (await once(server, "connection")) as [Socket];
  accepted.on("error", () => {});
  return {
    ends: [accepted, client],
    async [Symbol.asyncDispose]() {
      client.destroy();
      accepted.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
