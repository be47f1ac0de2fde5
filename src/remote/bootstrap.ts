import { decodeTerm } from "../etf/decode.ts";
import { encodeTerm } from "../etf/encode.ts";
import { atom, binary, charlist, isAtom, isTuple, tuple, type Atom, type Term } from "../etf/term.ts";
import { AGENT_BOOT } from "./agent-boot.ts";
import { AGENT_SERVICES } from "./agent-services.ts";
import { EVAL, evalLine, withoutComments } from "./eval-line.ts";
import { BOOT_FLAGS, erlLines, NO_USER_FLAGS, RUNTIME_MISSING, type ErlSource } from "./find-erl-script.ts";
import { LINK } from "./link-protocol.ts";
import { RELAY_LOST, RELAY_SOURCE } from "./relay-source.ts";
import { shellCommand } from "./shell-command.ts";
import { TELL_PID, toldPid } from "./told-pid.ts";

/** What a BEAM is told on its standard input. The cookie and the tokens stand nowhere else. */
export interface BootSetup {
  /** The host's port that leads to our EPMD. */
  epmdPort: number;
  /** Full name of the node to be. */
  nodeName: string;
  cookie: string;
  /** What the port of the link wants to see. */
  linkToken: string;
  /** How long the BEAM waits for us after a connection was lost, in seconds. */
  lingerSeconds: number;
  /** The host's port that leads to our boot server, and what that wants to see; of a BEAM that fetches code. */
  bootServer: { port: number; token: string } | undefined;
}

export interface BootCommandOptions {
  erl: ErlSource;
  /** Whether the BEAM shall fetch code from our boot server. */
  onDemand: boolean;
}

/** What the bootstrap tells on standard output. */
export type BootMessage =
  /** The shell runs, and will become `erl`: the process and its group have this id. */
  | { type: "started"; pid: number }
  /** The loader of the BEAM will find its boot server at this address. */
  | { type: "relay"; address: string }
  | { type: "relay_ended" }
  /** The host does not load the module of the link, and waits for its forms. */
  | { type: "link_forms" }
  /** Links are taken at this port of the loopback interface; they lead to the node once that is ready. */
  | { type: "link"; port: number }
  /** The node is distributed and has its cookie. */
  | { type: "ready"; otp: string; elixir: string | null; architecture: string; bits: number }
  | { type: "failed"; reason: string }
  | { type: "erl_not_found"; lookedIn: string }
  /** The host has not got the bundle yet; what it is, as `uname` and the C library say it. */
  | { type: "runtime_missing"; system: string; machine: string; libc: string };

const PREFIX = "fusion-play:";
const NOT_FOUND = "erl-not-found:";
const RELAY_ENDED = "relay-ended";

/** A line of scripts for `/bin/sh`, of which {@linkcode bootMessage} reads what it prints. */
export const TELL_NOT_FOUND: string = `[ -n "$e" ] || { echo "${PREFIX}${NOT_FOUND}$l"; exit 127; }`;

const LOOPBACK = /^127(\.\d{1,3}){3}$/;
const MAX_FIELD_CHARACTERS = 500;
/** A BEAM without work leaves the processors to others: by default its schedulers look for more for a while. */
export const NO_BUSY_WAIT = "+sbwt none +sbwtdcpu none +sbwtdio none";
/** The relay has little to do, and shall take little memory. */
const RELAY_FLAGS = `-noshell -start_epmd false +fnu +S 1:1 +SDio 1 ${NO_BUSY_WAIT}`;

const ERL_FLAGS = [
  "-noshell",
  "-start_epmd false",
  "-nocookie",
  "-connect_all false",
  // The carriers of the distribution: that of OTP, and our link.
  "-proto_dist inet_tcp fusion_play",
  // Most shells expand braces.
  "-kernel inet_dist_use_interface '{127,0,0,1}'",
  // Longer than we may be away: how long nothing may be heard of us is for the link to say.
  "-kernel net_ticktime 60",
  // File names are UTF-8 whatever the locale of the SSH session says.
  "+fnu",
  NO_BUSY_WAIT,
].join(" ");

/**
 * The command that starts the BEAM, for the user's shell, whichever that is: it hands everything to
 * `/bin/sh`. It reads the EPMD port from its first line of standard input, so that it can be sent
 * before the port is known; `erl` reads the rest. Where code is fetched, two more lines come between: what
 * the relay is told, which runs in the background, and the address that it has reported.
 */
export function bootCommand({ erl, onDemand }: BootCommandOptions): string {
  const { lines: find, args } = erlLines(erl);
  const script = [
    TELL_PID,
    "IFS= read -r p || exit 0",
    ...find,
    TELL_NOT_FOUND,
    NO_USER_FLAGS,
    "export ERL_EPMD_PORT=$p ERL_CRASH_DUMP_SECONDS=0",
    BOOT_FLAGS,
    ...(onDemand ? RELAY_SCRIPT : []),
    `exec "$e" "$@" ${ERL_FLAGS} ${onDemand ? '-loader inet -hosts "$a" ' : ""}-eval "$s"`,
  ].join("; ");
  return shellCommand(script, [EVAL, ...args]);
}

/** Kills the shell, with what it became and all that it has started. */
const END_GROUP = "kill -KILL -$$ || kill -KILL $$";

/**
 * A BEAM that looks for its boot server reads no standard input, and would look for ever: a relay that has
 * lost us takes it along. The end of standard input before the BEAM runs ends the relay, be it stuck.
 */
const RELAY_SCRIPT = [
  "IFS= read -r r || exit 0",
  `{ echo "$r" | "$e" "$@" ${RELAY_FLAGS} -eval "$s"; case $? in 0) ;; ${RELAY_LOST}) ${END_GROUP};; *) echo "${PREFIX}${RELAY_ENDED}";; esac; } & IFS= read -r a || { ${END_GROUP}; exit 0; }`,
];

/**
 * What goes to the command's standard input; it stays open for as long as the node shall live. Where code
 * is fetched, {@linkcode bootInputAfterRelay} follows.
 */
export function bootInput(setup: BootSetup): Uint8Array {
  const { epmdPort, bootServer } = setup;
  if (bootServer === undefined) return lines(String(epmdPort), agentLine(setup));
  const { port, token } = bootServer;
  return lines(String(epmdPort), evalLine(RELAY_SOURCE, { Port: port, Token: binary(token) }));
}

/** What follows once the relay has told its address. */
export function bootInputAfterRelay(setup: BootSetup, address: string): Uint8Array {
  return lines(address, agentLine(setup));
}

/** What follows where the host does not load the module of the link. */
export function linkFormsInput(): Uint8Array {
  return lines(Buffer.from(LINK.forms).toString("base64"));
}

/** All hosts are sent the same. */
const PACKED_SERVICES: Uint8Array = encodeTerm(
  AGENT_SERVICES.map(([kinds, source]) => tuple(kinds.map(atom), binary(withoutComments(source)))),
  { compressed: true },
);

function agentLine({ nodeName, cookie, linkToken, lingerSeconds }: BootSetup): string {
  return evalLine(AGENT_BOOT, {
    Services: PACKED_SERVICES,
    Link: LINK.module,
    Token: binary(linkToken),
    Linger: lingerSeconds,
    Node: charlist(nodeName),
    Cookie: charlist(cookie),
  });
}

function lines(...texts: readonly string[]): Uint8Array {
  return Buffer.from(texts.map((text) => `${text}\n`).join(""), "latin1");
}

/** What is told while the boot goes on: one of the others is its end. */
export type BootProgress = Extract<BootMessage, { type: "started" | "relay" | "link_forms" | "link" }>;

/** Whether more is to come. */
export function isUnderWay(message: BootMessage): message is BootProgress {
  return ["started", "relay", "link_forms", "link"].includes(message.type);
}

/** Reads a line of the command's standard output; `undefined` for one that is not of the bootstrap. */
export function bootMessage(line: string): BootMessage | undefined {
  const pid = toldPid(`${line.trimEnd()}\n`);
  if (pid !== undefined) return { type: "started", pid };
  if (!line.startsWith(PREFIX)) return undefined;
  const text = line.slice(PREFIX.length).trim();
  if (text.startsWith(NOT_FOUND)) return { type: "erl_not_found", lookedIn: text.slice(NOT_FOUND.length) };
  if (line.startsWith(RUNTIME_MISSING)) return runtimeMissing(line.slice(RUNTIME_MISSING.length));
  if (text === RELAY_ENDED) return { type: "relay_ended" };
  const [kind, first, elixir, architecture, bits] = fieldsOf(Buffer.from(text, "base64"));
  if (kind === "link_forms") return { type: "link_forms" };
  if (kind === "link" && isPort(Number(first))) return { type: "link", port: Number(first) };
  if (kind === "ready" && first !== undefined && architecture !== undefined) {
    return { type: "ready", otp: first, elixir: elixir ?? null, architecture, bits: Number(bits) };
  }
  // It goes into a command line of the host.
  if (kind === "relay" && LOOPBACK.test(first ?? "")) return { type: "relay", address: first ?? "" };
  return kind === "failed" ? { type: "failed", reason: first ?? "" } : undefined;
}

function isPort(number: number): boolean {
  return Number.isInteger(number) && number > 0 && number < 65_536;
}

function runtimeMissing(text: string): BootMessage {
  const [system = "", machine = "", ...libc] = text.trim().slice(0, MAX_FIELD_CHARACTERS).split(":");
  return { type: "runtime_missing", system, machine, libc: libc.join(":") };
}

/** The elements of the tuple that the bootstrap reports: an atom, and binaries or `none`. */
function fieldsOf(bytes: Uint8Array): (string | undefined)[] {
  try {
    const term = decodeTerm(bytes, { maxDepth: 2, maxInflatedBytes: 0, maxHeapBytes: 16 * 1024 });
    if (!isTuple(term) || !isAtom(term.elements[0] ?? 0)) return [];
    const [kind, ...fields] = term.elements as [Atom, ...Term[]];
    return [kind.name, ...fields.map(textOf)];
  } catch {
    return []; // not the bootstrap's, whatever it begins with
  }
}

function textOf(term: Term): string | undefined {
  return term instanceof Uint8Array
    ? Buffer.from(term).toString("utf8").slice(0, MAX_FIELD_CHARACTERS)
    : undefined;
}
