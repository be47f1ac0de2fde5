import { readFileSync } from "node:fs";
import fc from "fast-check";
import { findInTerm } from "../../src/beam/atom-scanner.ts";
import { examineModule } from "../../src/beam/examine-module.ts";
import type { FunctionLookup } from "../../src/beam/known-functions.ts";
import { parseBeam } from "../../src/beam/parse-beam.ts";
import { decodeLiterals, findInLiterals } from "../../src/beam/literals.ts";
import { NameSearch } from "../../src/beam/name-search.ts";
import { NameSet } from "../../src/beam/name-set.ts";
import { encodeFile, decodeRequest as decodeBootRequest } from "../../src/boot-server/message.ts";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { FrameReader } from "../../src/bytes/frames.ts";
import { decodeControlMessage, encodeControlMessage } from "../../src/dist/control-message.ts";
import { OFFERED_FLAGS } from "../../src/dist/flags.ts";
import { HandshakeError } from "../../src/dist/handshake-error.ts";
import {
  decodeHandshakeMessage,
  encodeHandshakeMessage,
  type HandshakeMessage,
} from "../../src/dist/handshake-message.ts";
import { genDigest, initiate, onMessageToInitiator, type InitiatorState } from "../../src/dist/handshake.ts";
import { ioAction, ioMessage } from "../../src/dist/io-request.ts";
import { outcomeOf } from "../../src/dist/remote-calls.ts";
import {
  decodeRequest as decodeEpmdRequest,
  encodeNamesResponse,
  encodePortResponse,
} from "../../src/epmd/message.ts";
import { decodeTerm } from "../../src/etf/decode.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { formatTerm } from "../../src/etf/format.ts";
import { termToJson } from "../../src/etf/json.ts";
import { atom, binary, Pid, Reference, tuple } from "../../src/etf/term.ts";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import { StdioStreams } from "../../src/remote/stdio-streams.ts";
import { bootMessage } from "../../src/remote/bootstrap.ts";
import { parseKnownHosts, linesAbout, judgeHostKey } from "../../src/ssh/known-hosts.ts";
import { matchesPatternList } from "../../src/ssh/pattern-list.ts";
import { parseConfigLine } from "../../src/ssh/ssh-config-line.ts";
import { parseSshOutput } from "../../src/ssh/ssh-config-output.ts";
import { SshError } from "../../src/ssh/ssh-error.ts";
import { compileErlang } from "../beam/compiled-project.ts";
import { anyTerm } from "../etf/arbitrary-term.ts";

/** Something that reads what others have written. */
export interface Target {
  readonly name: string;
  /** Inputs that it reads; others are made of them. */
  readonly seeds: readonly Uint8Array[];
  /** How many of a hundred inputs it gets. */
  readonly share: number;
  /** Reads an input, and uses what it gave as the program does. */
  read(bytes: Buffer): void;
  /** Whether an error is the room's own. */
  isOwn(error: unknown): boolean;
}

const isDecodeError = (error: unknown): boolean => error instanceof DecodeError;
const isHandshakeError = (error: unknown): boolean => isDecodeError(error) || error instanceof HandshakeError;
const never = (): boolean => false;

const PID = new Pid("a@b", 1, 2, 3);
const REFERENCE = new Reference("a@b", 3, [1, 2, 3]);
const OWN = { name: "us@127.0.0.1", creation: 5, cookie: "secret", challenge: 7 };
const PEER = "peer@127.0.0.1";

/** All that is read of hosts, of other users of hosts, and of files. */
export function targets(folder: string): readonly Target[] {
  const beams = beamSeeds(folder);
  return [
    { name: "external terms", share: 22, seeds: termSeeds(), isOwn: isDecodeError, read: readTerm },
    {
      name: "control messages",
      share: 20,
      seeds: controlSeeds(),
      isOwn: isDecodeError,
      read: readControlMessage,
    },
    {
      name: "handshake messages",
      share: 10,
      seeds: handshakeSeeds(),
      isOwn: isHandshakeError,
      read: readHandshake,
    },
    { name: "EPMD requests", share: 10, seeds: epmdSeeds(), isOwn: isDecodeError, read: readEpmdRequest },
    { name: "frames", share: 5, seeds: handshakeSeeds(), isOwn: isDecodeError, read: readFrames },
    {
      name: "boot server requests",
      share: 5,
      seeds: bootServerSeeds(),
      isOwn: isDecodeError,
      read: (bytes) => void decodeBootRequest(bytes),
    },
    { name: "frames of a relay", share: 3, seeds: relaySeeds(), isOwn: never, read: readRelayFrames },
    {
      name: "lines of the boot command",
      share: 5,
      seeds: bootLineSeeds(),
      isOwn: never,
      read: (bytes) => void bootMessage(bytes.toString("utf8")),
    },
    { name: ".beam files", share: 10, seeds: beams, isOwn: isDecodeError, read: readBeam },
    {
      name: "known_hosts",
      share: 5,
      seeds: KNOWN_HOSTS.map((text) => Buffer.from(text)),
      isOwn: never,
      read: readKnownHosts,
    },
    {
      name: "ssh_config",
      share: 5,
      seeds: SSH_CONFIG.map((text) => Buffer.from(text)),
      isOwn: (error) => error instanceof SshError,
      read: readSshConfig,
    },
  ];
}

/** Takes the bytes as those of a relay that was asked for a tunnel and a stream. */
function readRelayFrames(bytes: Buffer): void {
  const { signal } = new AbortController();
  const streams = new StdioStreams({
    host: "web1",
    carrier: { write: () => {}, queuedBytes: 0 },
    onViolation: () => {},
  });
  const onStream = (stream: ByteStream): void =>
    stream.listen({ onBytes: (chunk) => stream.write(chunk), onEnd: () => {} });
  streams.reverseTunnel(onStream, { signal }).catch(() => {});
  streams.forwardStream(1, { signal }).then(onStream, () => {});
  streams.receive(bytes);
}

/** A tunnel and a stream that are opened, used and ended. */
function relaySeeds(): Buffer[] {
  const opened = Buffer.from("00000007020000000101bb00000005060000000300000009050000000200000001", "hex");
  const used = ["0000000a0800000002", "68656c6c6f", "00000009090000000300000000", "00000005", "0a00000002"];
  const refused = "0000000b07000000016574696d6564";
  return [opened, Buffer.concat([opened, Buffer.from(used.join(""), "hex")]), Buffer.from(refused, "hex")];
}

function readTerm(bytes: Buffer): void {
  const term = decodeTerm(bytes);
  // What was read can be shown and sent back.
  formatTerm(term, "elixir", { maxLength: 500 });
  termToJson(term);
  encodeTerm(term);
}

function readControlMessage(bytes: Buffer): void {
  const message = decodeControlMessage(bytes, { maxInflatedBytes: 0 });
  if (message.type === "other") return;
  if (message.type === "SEND") {
    const io = ioMessage(message.message);
    if (io !== undefined) ioAction(io.request);
  }
  if (message.type === "MONITOR_P_EXIT") outcomeOf(message.reason);
  encodeControlMessage(message);
}

/** Takes the bytes as frames of either side of a handshake. */
function readHandshake(bytes: Buffer): void {
  let initiator: InitiatorState = initiate(OWN, PEER).state;
  const errors: unknown[] = [];
  const take = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!isHandshakeError(error)) throw error;
      errors.push(error);
    }
  };
  take(() => {
    for (const frame of framesOf(bytes)) {
      initiator = onMessageToInitiator(initiator, decodeHandshakeMessage(frame, "acceptor"), OWN).state;
    }
  });
  take(() => {
    for (const frame of framesOf(bytes)) decodeHandshakeMessage(frame, "initiator");
  });
  if (errors.length === 2) throw errors[0];
}

function* framesOf(bytes: Buffer): Generator<Uint8Array> {
  const reader = new FrameReader(2, 2048);
  reader.add(bytes);
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) yield frame;
}

/** However they are cut, the same bytes give the same frames. */
function readFrames(bytes: Buffer): void {
  const whole: string[] = [];
  const cut: string[] = [];
  const reader = new FrameReader(2, 2048);
  for (const byte of bytes) {
    reader.add(Uint8Array.of(byte));
    for (let frame = nextOf(reader); frame !== undefined; frame = nextOf(reader)) cut.push(hex(frame));
  }
  const other = new FrameReader(2, 2048);
  other.add(bytes);
  for (let frame = nextOf(other); frame !== undefined; frame = nextOf(other)) whole.push(hex(frame));
  if (whole.join() !== cut.join()) throw new Error(`${whole.join()} is not ${cut.join()}`);
}

function nextOf(reader: FrameReader): Uint8Array | undefined {
  try {
    return reader.next();
  } catch (error) {
    if (!isDecodeError(error)) throw error;
    return undefined;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function readEpmdRequest(bytes: Buffer): void {
  const request = decodeEpmdRequest(bytes);
  if (request.type !== "ALIVE2_REQ") return;
  encodePortResponse(request.node);
  encodeNamesResponse(4369, [request.node]);
}

function readBeam(bytes: Buffer): void {
  const beam = parseBeam(bytes);
  const literals = beam.chunks.get("LitT");
  if (literals !== undefined) decodeLiterals(literals);
  const attributes = beam.chunks.get("Attr");
  if (literals !== undefined) findInLiterals(searchIn(literals), 0, literals.length);
  if (attributes !== undefined) findInTerm(searchIn(attributes), 0, attributes.length);
  examineModule(beam, NOTHING_KNOWN);
}

function searchIn(chunk: Uint8Array): NameSearch {
  return new NameSearch(Buffer.from(chunk), ANY_NAMES);
}

const ANY_NAMES = new NameSet(["lists", "file", "a"]);

const NOTHING_KNOWN: FunctionLookup = {
  has: ({ name }) => (name.length % 2 === 0 ? undefined : false),
  check: () => "unchecked",
};

function readKnownHosts(bytes: Buffer): void {
  const known = parseKnownHosts(bytes.toString("utf8"), "known_hosts");
  judgeHostKey(linesAbout(known, "[example.org]:2222"), bytes);
}

function readSshConfig(bytes: Buffer): void {
  const text = bytes.toString("utf8");
  parseSshOutput(text);
  for (const line of text.split("\n")) {
    const parsed = parseConfigLine(line, "config:1");
    if (parsed !== undefined) matchesPatternList("web1.example.org", parsed.args);
  }
}

function termSeeds(): Uint8Array[] {
  const terms = fc.sample(anyTerm, { numRuns: 200, seed: 7 }).map((term) => encodeTerm(term));
  const rare = [
    "8363312e30303030303030303030303030303030303030306530300000000000", // FLOAT_EXT
    "836400036162636400", // ATOM_EXT
    "8365640003614062000000010 1".replaceAll(" ", ""), // REFERENCE_EXT
    "8367640003614062000000010000000201", // PID_EXT
    "837200026400036140620100000001 00000002".replaceAll(" ", ""), // NEW_REFERENCE_EXT
    "837176000141760001426101", // EXPORT_EXT
  ].map((text) => Buffer.from(text, "hex"));
  const compressed = encodeTerm(binary("x".repeat(1000)), { compressed: true });
  return [...terms, ...rare, compressed];
}

function controlSeeds(): Uint8Array[] {
  const io = tuple(
    atom("io_request"),
    PID,
    REFERENCE,
    tuple(atom("put_chars"), atom("unicode"), [binary("a"), 98, ["c"].length]),
  );
  const batch = tuple(
    atom("io_request"),
    PID,
    REFERENCE,
    tuple(atom("requests"), [tuple(atom("put_chars"), atom("unicode"), binary("a"))]),
  );
  const request = {
    reference: REFERENCE,
    from: PID,
    groupLeader: PID,
    module: "m",
    function: "f",
    args: [1],
    monitor: true,
  };
  const reason = tuple(REFERENCE, atom("error"), atom("badarg"), [tuple(atom("m"), atom("f"), 1, [])]);
  const messages = [
    encodeControlMessage({ type: "SEND", to: PID, message: io }),
    encodeControlMessage({ type: "SEND", to: PID, message: batch }),
    encodeControlMessage({ type: "REG_SEND", from: PID, to: "rex", message: [1] }),
    encodeControlMessage({ type: "EXIT2", from: PID, to: PID, reason: atom("kill") }),
    encodeControlMessage({ type: "MONITOR_P", from: PID, to: atom("rex"), reference: REFERENCE }),
    encodeControlMessage({ type: "DEMONITOR_P", from: PID, to: PID, reference: REFERENCE }),
    encodeControlMessage({ type: "MONITOR_P_EXIT", from: PID, to: PID, reference: REFERENCE, reason }),
    encodeControlMessage({ type: "SPAWN_REQUEST", request }),
    encodeControlMessage({ type: "SPAWN_REPLY", reference: REFERENCE, to: PID, result: PID }),
  ];
  return messages.map((parts) => Buffer.concat(parts).subarray(4));
}

/** What a peer says, from the first message to the last, in each role. */
function handshakeSeeds(): Uint8Array[] {
  const digest = genDigest(OWN.challenge, OWN.cookie);
  const said: HandshakeMessage[][] = [
    [
      { type: "send_status", status: "ok" },
      { type: "send_challenge", flags: OFFERED_FLAGS, challenge: 9, creation: 4, name: PEER },
      { type: "send_challenge_ack", digest },
    ],
    [
      { type: "send_name", flags: OFFERED_FLAGS, creation: 4, name: PEER },
      { type: "send_challenge_reply", challenge: 9, digest },
    ],
    [{ type: "send_status", status: "nok" }],
  ];
  return said.map((messages) => Buffer.concat(messages.map((message) => encodeHandshakeMessage(message))));
}

function epmdSeeds(): Uint8Array[] {
  const alive = "78" + "1234" + "4d00" + "00060005" + "0004" + "6e6f6465" + "0002" + "abcd";
  return [alive, "7a" + "6e6f6465", "6e", "6b", "64"].map((text) => Buffer.from(text, "hex"));
}

function bootServerSeeds(): Uint8Array[] {
  const path = "/fusion-play/1/my_app.beam";
  const requests = [
    ...["get", "list_dir", "read_file_info", "read_link_info"].map((name) =>
      encodeTerm(tuple(atom(name), Array.from(Buffer.from(path)))),
    ),
    encodeTerm(atom("get_cwd")),
  ];
  return [...requests, encodeFile(Buffer.from("x"))];
}

function bootLineSeeds(): Uint8Array[] {
  const ready = tuple(
    atom("ready"),
    binary("25"),
    binary("1.14.0"),
    binary("x86_64-pc-linux-gnu"),
    binary("64"),
  );
  const messages = [
    ready,
    tuple(atom("link"), binary("40001")),
    tuple(atom("failed"), binary("why")),
    tuple(atom("relay"), binary("127.81.7.201")),
  ];
  const lines = messages.map((term) => `fusion-play:${encodeTerm(term).toString("base64")}\n`);
  const compressed = encodeTerm(tuple(atom("failed"), binary("why".repeat(1000))), { compressed: true });
  return [
    ...lines,
    `fusion-play:${compressed.toString("base64")}\n`,
    "fusion-play:pid:4711\n",
    "fusion-play:erl-not-found:PATH\n",
    "fusion-play:relay-ended\n",
  ].map((line) => Buffer.from(line));
}

function beamSeeds(folder: string): Uint8Array[] {
  const modules = {
    tiny: "-module(tiny).\n-export([f/1]).\nf(X) -> X.\n",
    calls: `-module(calls).\n-export([f/2]).\nf(M, X) -> {M:f(X), file:read_file("x"), erlang:apply(lists, map, [X]), #{a => <<X:8>>}}.\n`,
    loads: `-module(loads).\n-on_load(f/0).\nf() -> try os:cmd("x") catch _:undef -> [1.5, "text", fun lists:map/2] end.\n`,
  };
  return Object.entries(modules).flatMap(([module, text]) =>
    [[], ["+compressed"]].map((flags) => readFileSync(compileErlang({ folder, module, text }, flags))),
  );
}

const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIGJhc2U2NGJhc2U2NGJhc2U2NGJhc2U2NGJhc2U2NGJhc2U2";
const KNOWN_HOSTS = [
  `[example.org]:2222,10.0.0.1 ssh-ed25519 ${KEY} comment\n`,
  `# comment\n\n*.example.org,!web?.example.org ssh-ed25519 ${KEY}\n@revoked * ssh-ed25519 ${KEY}\n`,
  `|1|c2FsdHNhbHRzYWx0c2FsdA==|aGFzaGhhc2hoYXNoaGFzaA== ssh-ed25519 ${KEY}\r\n@cert-authority *.org ssh-rsa ${KEY}\n`,
];
const SSH_CONFIG = [
  'Host web* !web3 "a b"\n  HostName = 10.0.0.1\n  Port 2222 # comment\n',
  'Match all\n\tUser root\nInclude ~/.ssh/conf.d/*\nIdentityFile "~/.ssh/a \\" b"\n',
  "host web1\nuser me\nhostname 10.0.0.1\nport 22\nidentityfile ~/.ssh/id_rsa\nuserknownhostsfile /root/.ssh/known_hosts /root/.ssh/known_hosts2\n",
];
