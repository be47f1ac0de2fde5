import { atom, Atom, isAtom, isTuple, Pid, tuple, type Term } from "../etf/term.ts";
import { chardataToText, type Encoding } from "./chardata.ts";

/** A message of the I/O protocol to a group leader. */
export interface IoMessage {
  readonly from: Pid;
  /** Names the request in its reply. */
  readonly replyAs: Term;
  readonly request: Term;
}

/**
 * What a group leader does with a request.
 *
 * - `text`: print it, then reply.
 * - `format`: have the host compute the text with the function it names, print it, then reply.
 * - `reply`: only reply.
 * - `batch`: do all, then reply as the last one does.
 */
export type IoAction =
  | { type: "text"; text: string; reply: Term }
  | { type: "format"; encoding: Encoding; module: string; function: string; args: readonly Term[] }
  | { type: "reply"; reply: Term }
  | { type: "batch"; actions: readonly IoAction[] };

const OK = atom("ok");
const EOF = atom("eof");
const BAD_REQUEST = tuple(atom("error"), atom("request"));
const NOT_SUPPORTED = tuple(atom("error"), atom("enotsup"));
const OPTIONS = [
  tuple(atom("binary"), atom("true")),
  tuple(atom("encoding"), atom("unicode")),
  tuple(atom("echo"), atom("false")),
  tuple(atom("expand_fun"), atom("false")),
];
const MAX_BATCH = 1000;

/**
 * Reads a message `{io_request, From, ReplyAs, Request}`.
 *
 * @see https://www.erlang.org/doc/apps/stdlib/io_protocol.html
 */
export function ioMessage(message: Term): IoMessage | undefined {
  if (!isTuple(message, 4)) return undefined;
  const [tag, from, replyAs, request] = message.elements as [Term, Term, Term, Term];
  if (!isAtom(tag, "io_request") || !(from instanceof Pid)) return undefined;
  return { from, replyAs, request };
}

/** The reply `{io_reply, ReplyAs, Reply}`. */
export function ioReply({ replyAs }: Pick<IoMessage, "replyAs">, reply: Term): Term {
  return tuple(atom("io_reply"), replyAs, reply);
}

/**
 * Decides what to do with a request. Nobody sits at a keyboard, so whatever reads gets `eof` at
 * once and never waits.
 */
export function ioAction(request: Term, depth = 0): IoAction {
  if (isAtom(request, "getopts")) return { type: "reply", reply: OPTIONS };
  if (!isTuple(request)) return { type: "reply", reply: BAD_REQUEST };
  const [name, ...fields] = request.elements;
  if (!(name instanceof Atom)) return { type: "reply", reply: BAD_REQUEST };
  switch (name.name) {
    case "put_chars":
      return putChars(fields);
    case "requests":
      return batch(fields[0], depth);
    case "get_line":
    case "get_chars":
    case "get_until":
      return { type: "reply", reply: EOF };
    case "get_password":
    case "get_geometry":
      return { type: "reply", reply: NOT_SUPPORTED };
    case "setopts":
      return { type: "reply", reply: OK };
    default:
      return { type: "reply", reply: BAD_REQUEST };
  }
}

/**
 * `{put_chars, Encoding, Characters}`, `{put_chars, Encoding, M, F, A}`, and both without encoding
 * as old code sends them, which means Latin-1.
 */
function putChars(fields: readonly Term[]): IoAction {
  const isOld = fields.length === 1 || fields.length === 3;
  const encoding: Encoding = isOld || isAtom(fields[0] as Term, "latin1") ? "latin1" : "unicode";
  const [first, second, third] = isOld ? fields : fields.slice(1);
  if (first !== undefined && second === undefined) {
    const text = chardataToText(first, encoding);
    return text === undefined ? { type: "reply", reply: BAD_REQUEST } : { type: "text", text, reply: OK };
  }
  if (first instanceof Atom && second instanceof Atom && Array.isArray(third)) {
    return { type: "format", encoding, module: first.name, function: second.name, args: third as Term[] };
  }
  return { type: "reply", reply: BAD_REQUEST };
}

function batch(requests: Term | undefined, depth: number): IoAction {
  // One level is what the protocol asks for; deeper ones could only be meant to exhaust us.
  if (!Array.isArray(requests) || depth > 0 || requests.length > MAX_BATCH) {
    return { type: "reply", reply: BAD_REQUEST };
  }
  return { type: "batch", actions: (requests as Term[]).map((request) => ioAction(request, depth + 1)) };
}
