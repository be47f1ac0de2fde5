import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { readTerm, type DecodeLimits } from "../etf/decode.ts";
import { writeTerm } from "../etf/encode.ts";
import { atom, Atom, isTuple, Pid, Reference, tuple, type Term, type Tuple } from "../etf/term.ts";

/**
 * Messages between connected nodes, those that our node sends or acts on.
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#protocol-between-connected-nodes
 */
export type ControlMessage =
  | { type: "SEND"; to: Pid; message: Term }
  | { type: "REG_SEND"; from: Pid; to: string; message: Term }
  | { type: "EXIT2"; from: Pid; to: Pid; reason: Term }
  | { type: "MONITOR_P"; from: Pid; to: Pid | Atom; reference: Reference }
  | { type: "DEMONITOR_P"; from: Pid; to: Pid | Atom; reference: Reference }
  | { type: "MONITOR_P_EXIT"; from: Pid | Atom; to: Pid; reference: Reference; reason: Term }
  | { type: "SPAWN_REQUEST"; request: SpawnRequest }
  | { type: "SPAWN_REPLY"; reference: Reference; to: Pid; result: Pid | Atom }
  /** A message that our node does not take part in: links, exits from afar, group leaders … */
  | { type: "other"; operation: number };

export interface SpawnRequest {
  /** Names the request, and the monitor of the new process. */
  readonly reference: Reference;
  readonly from: Pid;
  readonly groupLeader: Pid;
  readonly module: string;
  readonly function: string;
  readonly args: readonly Term[];
  /** Whether `from` gets a MONITOR_P_EXIT when the new process ends. */
  readonly monitor: boolean;
  /** Limit of its heap, as `max_heap_size` of `erlang:spawn_opt/4` has it. */
  readonly maxHeap?: Term | undefined;
}

const OPERATION = {
  SEND: 2,
  REG_SEND: 6,
  EXIT2: 8,
  MONITOR_P: 19,
  DEMONITOR_P: 20,
  MONITOR_P_EXIT: 21,
  SEND_SENDER: 22,
  PAYLOAD_EXIT2: 26,
  PAYLOAD_MONITOR_P_EXIT: 28,
  SPAWN_REQUEST: 29,
  SPAWN_REPLY: 31,
} as const;

/** First byte of a message without distribution header ("pass-through"). */
const PASS_THROUGH = 112;
/** Room for a call with few arguments, so that it need not grow. */
const ROOM_BYTES = 512;
const UNUSED = atom("");
const MONITOR_OPTION = atom("monitor");
const MAX_HEAP_OPTION = atom("max_heap_size");

/**
 * Encodes a message with its four bytes of length, in parts: what is large and goes to many nodes is
 * a part of its own, and the same for all of them.
 *
 *     4      | 1   | n              | m
 *     Length | 112 | ControlMessage | Message, where the operation has one
 */
export function encodeControlMessage(message: Exclude<ControlMessage, { type: "other" }>): Uint8Array[] {
  const writer = new ByteWriter(ROOM_BYTES);
  writer.uint32(0).uint8(PASS_THROUGH);
  for (const term of termsOf(message)) writeTerm(writer, term);
  writer.patchUint32(0, writer.length - 4);
  return writer.finishParts();
}

function termsOf(message: Exclude<ControlMessage, { type: "other" }>): [control: Term, ...payload: Term[]] {
  switch (message.type) {
    case "SEND":
      return [tuple(OPERATION.SEND, UNUSED, message.to), message.message];
    case "REG_SEND":
      return [tuple(OPERATION.REG_SEND, message.from, UNUSED, atom(message.to)), message.message];
    case "EXIT2":
      return [tuple(OPERATION.PAYLOAD_EXIT2, message.from, message.to), message.reason];
    case "MONITOR_P":
      return [tuple(OPERATION.MONITOR_P, message.from, message.to, message.reference)];
    case "DEMONITOR_P":
      return [tuple(OPERATION.DEMONITOR_P, message.from, message.to, message.reference)];
    case "MONITOR_P_EXIT":
      return [
        tuple(OPERATION.PAYLOAD_MONITOR_P_EXIT, message.from, message.to, message.reference),
        message.reason,
      ];
    case "SPAWN_REQUEST": {
      const {
        reference,
        from,
        groupLeader,
        module,
        function: functionName,
        args,
        monitor,
        maxHeap,
      } = message.request;
      const mfa = tuple(atom(module), atom(functionName), args.length);
      const options: Term[] = monitor ? [MONITOR_OPTION] : [];
      if (maxHeap !== undefined) options.push(tuple(MAX_HEAP_OPTION, maxHeap));
      return [tuple(OPERATION.SPAWN_REQUEST, reference, from, groupLeader, mfa, options), args];
    }
    case "SPAWN_REPLY":
      return [tuple(OPERATION.SPAWN_REPLY, message.reference, message.to, 0, message.result)];
  }
}

/**
 * Decodes a message, without its four bytes of length.
 *
 * @throws {DecodeError} if it is not what the specification says; an operation that our node takes
 *   no part in is no error
 */
export function decodeControlMessage(bytes: Uint8Array, limits?: DecodeLimits): ControlMessage {
  const reader = new ByteReader(bytes);
  const type = reader.uint8("type of the message");
  if (type !== PASS_THROUGH)
    throw new DecodeError(`Cannot decode the message: type ${type} was not offered`, 0);
  const control = readTerm(reader, limits);
  const operation = isTuple(control) ? control.elements[0] : undefined;
  if (!isTuple(control) || typeof operation !== "number") {
    throw new DecodeError("Cannot decode the message: its control message is not a tuple", 1);
  }
  const fields = new Fields(control);
  switch (operation) {
    case OPERATION.SEND:
    case OPERATION.SEND_SENDER:
      return { type: "SEND", to: fields.pid(2), message: readTerm(reader, limits) };
    case OPERATION.REG_SEND:
      return {
        type: "REG_SEND",
        from: fields.pid(1),
        to: fields.atom(3).name,
        message: readTerm(reader, limits),
      };
    case OPERATION.MONITOR_P:
    case OPERATION.DEMONITOR_P:
      return {
        type: operation === OPERATION.MONITOR_P ? "MONITOR_P" : "DEMONITOR_P",
        from: fields.pid(1),
        to: fields.pidOrAtom(2),
        reference: fields.reference(3),
      };
    case OPERATION.MONITOR_P_EXIT:
    case OPERATION.PAYLOAD_MONITOR_P_EXIT:
      return {
        type: "MONITOR_P_EXIT",
        from: fields.pidOrAtom(1),
        to: fields.pid(2),
        reference: fields.reference(3),
        reason: operation === OPERATION.MONITOR_P_EXIT ? fields.any(4) : readTerm(reader, limits),
      };
    case OPERATION.SPAWN_REQUEST:
      return { type: "SPAWN_REQUEST", request: spawnRequest(fields, readTerm(reader, limits)) };
    case OPERATION.SPAWN_REPLY:
      return {
        type: "SPAWN_REPLY",
        reference: fields.reference(1),
        to: fields.pid(2),
        result: fields.pidOrAtom(4),
      };
    default:
      return { type: "other", operation };
  }
}

function spawnRequest(fields: Fields, args: Term): SpawnRequest {
  const mfa = fields.any(4);
  const [module, functionName] = isTuple(mfa, 3) ? mfa.elements : [];
  const options = fields.any(5);
  if (!(module instanceof Atom) || !(functionName instanceof Atom) || !Array.isArray(args)) {
    throw new DecodeError("Cannot decode SPAWN_REQUEST: it names no function", 1);
  }
  return {
    reference: fields.reference(1),
    from: fields.pid(2),
    groupLeader: fields.pid(3),
    module: module.name,
    function: functionName.name,
    args: args as Term[],
    monitor: Array.isArray(options) && options.some((option) => isMonitorOption(option as Term)),
  };
}

function isMonitorOption(option: Term): boolean {
  return option instanceof Atom && option.name === MONITOR_OPTION.name;
}

/** The elements of a control message, each checked to be of the type that the operation wants. */
class Fields {
  readonly #elements: readonly Term[];

  constructor(control: Tuple) {
    this.#elements = control.elements;
  }

  any(index: number): Term {
    const term = this.#elements[index];
    if (term === undefined)
      throw new DecodeError(`Cannot decode the message: element ${index} is missing`, 1);
    return term;
  }

  pid(index: number): Pid {
    const term = this.any(index);
    if (!(term instanceof Pid)) throw this.#wrong(index, "a pid");
    return term;
  }

  atom(index: number): Atom {
    const term = this.any(index);
    if (!(term instanceof Atom)) throw this.#wrong(index, "an atom");
    return term;
  }

  pidOrAtom(index: number): Pid | Atom {
    const term = this.any(index);
    if (!(term instanceof Pid || term instanceof Atom)) throw this.#wrong(index, "a pid or an atom");
    return term;
  }

  reference(index: number): Reference {
    const term = this.any(index);
    if (!(term instanceof Reference)) throw this.#wrong(index, "a reference");
    return term;
  }

  #wrong(index: number, expected: string): DecodeError {
    return new DecodeError(`Cannot decode the message: element ${index} is not ${expected}`, 1);
  }
}
