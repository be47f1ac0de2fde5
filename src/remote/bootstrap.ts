import { decodeTerm } from "../etf/decode.ts";
import { isAtom, isTuple, type Atom, type Term } from "../etf/term.ts";
import { AGENT_SOURCE } from "./agent-source.ts";

/** What a BEAM is told on its standard input. The cookie stands nowhere else. */
export interface BootSetup {
  /** The host's port that leads to our EPMD. */
  epmdPort: number;
  /** Full names: of the node to be, and of ours. */
  nodeName: string;
  controllerName: string;
  cookie: string;
}

/** What the bootstrap tells on standard output. */
export type BootMessage =
  /** The shell runs, and will become `erl`: the process and its group have this id. */
  | { type: "started"; pid: number }
  /** The node is distributed and has its cookie. */
  | { type: "ready"; otp: string; elixir: string | null; architecture: string; bits: number }
  | { type: "failed"; reason: string }
  | { type: "erl_not_found"; lookedIn: string };

const PREFIX = "fusion-play:";
const NOT_FOUND = "erl-not-found:";
const PID = "pid:";
const MAX_FIELD_CHARACTERS = 500;
/** Where `erl` is looked for when PATH does not have it. */
const ERL_FOLDERS = [
  "/usr/local/bin",
  "/usr/bin",
  "/opt/homebrew/bin",
  "/usr/lib/erlang/bin",
  "/usr/local/lib/erlang/bin",
  "/opt/erlang/bin",
  "/opt/otp/bin",
];

/** Reads what the setup says and evaluates it; the names of variables are atoms, hence no quotes. */
const EVAL = [
  '{ok,{Source,Node,Cookie,Controller}}=io:read("")',
  "{ok,Tokens,_}=erl_scan:string(Source)",
  "{ok,Forms}=erl_parse:parse_exprs(Tokens)",
  "Bind=fun(Name,Value,All)->erl_eval:add_binding(list_to_atom(Name),Value,All) end",
  'erl_eval:exprs(Forms,Bind("Node",Node,Bind("Cookie",Cookie,Bind("Controller",Controller,erl_eval:new_bindings()))))',
].join(",");

const ERL_FLAGS = [
  "-noshell",
  "-boot no_dot_erlang",
  "-start_epmd false",
  "-nocookie",
  "-connect_all false",
  "-kernel inet_dist_use_interface {127,0,0,1}",
  "-kernel net_ticktime 20",
  // File names are UTF-8 whatever the locale of the SSH session says.
  "+fnu",
].join(" ");

/**
 * The command that starts the BEAM, for the user's shell, whichever that is: it hands everything to
 * `/bin/sh`. It reads the EPMD port from its first line of standard input, so that it can be sent
 * before the port is known; `erl` reads the rest.
 *
 * @param erl path of the program on the host; looked up where it is not given
 */
export function bootCommand(erl: string | undefined): string {
  const find =
    erl === undefined
      ? `e=$(command -v erl) || for d in ${ERL_FOLDERS.join(" ")}; do [ -x $d/erl ] && e=$d/erl && break; done; l="PATH ($PATH) and ${ERL_FOLDERS.join(" ")}"`
      : `e=$2; l=$2; command -v "$e" >/dev/null || e=`;
  const script = [
    `echo "${PREFIX}${PID}$$"`,
    "IFS= read -r p || exit 0",
    find,
    `[ -n "$e" ] || { echo "${PREFIX}${NOT_FOUND}$l"; exit 127; }`,
    "unset ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS",
    "export ERL_EPMD_PORT=$p ERL_CRASH_DUMP_SECONDS=0",
    `exec "$e" ${ERL_FLAGS} -eval "$1"`,
  ].join("; ");
  const argv = [script, "fusion-play", EVAL, ...(erl === undefined ? [] : [erl])];
  return `exec /bin/sh -c ${argv.map(quote).join(" ")}`;
}

/** The command that kills what the boot command became, with all that it has started in its group. */
export function killCommand(pid: number): string {
  return `exec /bin/sh -c ${quote(`kill -KILL -${pid} || kill -KILL ${pid}`)}`;
}

/** What goes to the command's standard input; it stays open for as long as the node shall live. */
export function bootInput({ epmdPort, nodeName, controllerName, cookie }: BootSetup): Uint8Array {
  const setup = [AGENT_SOURCE, nodeName, cookie, controllerName].map(erlangString).join(",");
  return Buffer.from(`${epmdPort}\n{${setup}}.\n`, "latin1");
}

/** Reads a line of the command's standard output; `undefined` for one that is not of the bootstrap. */
export function bootMessage(line: string): BootMessage | undefined {
  if (!line.startsWith(PREFIX)) return undefined;
  const text = line.slice(PREFIX.length).trim();
  if (text.startsWith(NOT_FOUND)) return { type: "erl_not_found", lookedIn: text.slice(NOT_FOUND.length) };
  if (text.startsWith(PID)) return startedOf(text.slice(PID.length));
  const [kind, first, elixir, architecture, bits] = fieldsOf(Buffer.from(text, "base64"));
  if (kind === "ready" && first !== undefined && architecture !== undefined) {
    return { type: "ready", otp: first, elixir: elixir ?? null, architecture, bits: Number(bits) };
  }
  return kind === "failed" ? { type: "failed", reason: first ?? "" } : undefined;
}

function startedOf(text: string): BootMessage | undefined {
  return /^[1-9]\d{0,9}$/.test(text) ? { type: "started", pid: Number(text) } : undefined;
}

/** The elements of the tuple that the bootstrap reports: an atom, and binaries or `none`. */
function fieldsOf(bytes: Uint8Array): (string | undefined)[] {
  try {
    const term = decodeTerm(bytes, { maxDepth: 2 });
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

/** Quotes for a POSIX shell, and for csh and fish as far as these agree with it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function erlangString(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
