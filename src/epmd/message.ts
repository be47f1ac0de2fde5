import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { DecodeError } from "../bytes/decode-error.ts";

/**
 * Messages of EPMD that a node sends and the server answers.
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#epmd-protocol
 */
export type EpmdRequest =
  | { type: "ALIVE2_REQ"; node: NodeEntry }
  | { type: "PORT_PLEASE2_REQ"; name: string }
  | { type: "NAMES_REQ" };

/** What EPMD knows of a node. */
export interface NodeEntry {
  /** The part of the node's name before the `@`. */
  name: string;
  port: number;
  nodeType: NodeType;
  highestVersion: number;
  lowestVersion: number;
}

export type NodeType = "normal" | "hidden";

const TAG = {
  NAMES_REQ: 110,
  ALIVE2_X_RESP: 118,
  PORT2_RESP: 119,
  ALIVE2_REQ: 120,
  ALIVE2_RESP: 121,
  PORT_PLEASE2_REQ: 122,
} as const;
const NODE_TYPE = { normal: 77, hidden: 72 } as const;
const PROTOCOL_TCP_IPV4 = 0;
/** The version from which on a node expects ALIVE2_X_RESP, with its wide creation. */
const VERSION_WITH_WIDE_CREATION = 6;

/**
 * Decodes a request, without its two bytes of length.
 *
 * @throws {DecodeError} also for a request that a server of a session does not offer (KILL_REQ, DUMP_REQ …)
 */
export function decodeRequest(bytes: Uint8Array): EpmdRequest {
  const reader = new ByteReader(bytes);
  const tag = reader.uint8("tag of the EPMD request");
  switch (tag) {
    case TAG.ALIVE2_REQ:
      return { type: "ALIVE2_REQ", node: decodeAlive(reader) };
    case TAG.PORT_PLEASE2_REQ:
      return { type: "PORT_PLEASE2_REQ", name: reader.utf8(reader.remaining, "NodeName") };
    case TAG.NAMES_REQ:
      return { type: "NAMES_REQ" };
    default:
      throw new DecodeError(`Cannot decode the EPMD request: tag ${tag} is unknown`, 0);
  }
}

/**
 *     1   | 2      | 1        | 1        | 2              | 2             | 2    | Nlen     | 2    | Elen
 *     120 | PortNo | NodeType | Protocol | HighestVersion | LowestVersion | Nlen | NodeName | Elen | Extra
 */
function decodeAlive(reader: ByteReader): NodeEntry {
  const port = reader.uint16("PortNo of ALIVE2_REQ");
  const nodeType = reader.uint8("NodeType of ALIVE2_REQ") === NODE_TYPE.hidden ? "hidden" : "normal";
  reader.uint8("Protocol of ALIVE2_REQ");
  const highestVersion = reader.uint16("HighestVersion of ALIVE2_REQ");
  const lowestVersion = reader.uint16("LowestVersion of ALIVE2_REQ");
  const name = reader.utf8(reader.uint16("Nlen of ALIVE2_REQ"), "NodeName of ALIVE2_REQ");
  reader.take(reader.uint16("Elen of ALIVE2_REQ"), "Extra of ALIVE2_REQ");
  return { name, port, nodeType, highestVersion, lowestVersion };
}

/**
 * Answers an ALIVE2_REQ.
 *
 *     1                   | 1      | 4 (2 in ALIVE2_RESP)
 *     118 ALIVE2_X_RESP   | Result | Creation
 *     (121 ALIVE2_RESP)
 */
export function encodeAliveResponse(
  { highestVersion }: Pick<NodeEntry, "highestVersion">,
  answer: { result: "ok"; creation: number } | { result: "refused" },
): Uint8Array {
  const result = answer.result === "ok" ? 0 : 1;
  const creation = answer.result === "ok" ? answer.creation : 0;
  const writer = new ByteWriter();
  if (highestVersion >= VERSION_WITH_WIDE_CREATION) {
    return writer.uint8(TAG.ALIVE2_X_RESP).uint8(result).uint32(creation).finish();
  }
  return writer
    .uint8(TAG.ALIVE2_RESP)
    .uint8(result)
    .uint16((creation % 3) + 1)
    .finish();
}

/**
 * Answers a PORT_PLEASE2_REQ; without a node: that it is not known.
 *
 *     1   | 1      | 2      | 1        | 1        | 2              | 2             | 2    | Nlen     | 2    | Elen
 *     119 | Result | PortNo | NodeType | Protocol | HighestVersion | LowestVersion | Nlen | NodeName | Elen | Extra
 */
export function encodePortResponse(node: NodeEntry | undefined): Uint8Array {
  const writer = new ByteWriter();
  if (node === undefined) return writer.uint8(TAG.PORT2_RESP).uint8(1).finish();
  const name = Buffer.from(node.name, "utf8");
  return writer
    .uint8(TAG.PORT2_RESP)
    .uint8(0)
    .uint16(node.port)
    .uint8(NODE_TYPE[node.nodeType])
    .uint8(PROTOCOL_TCP_IPV4)
    .uint16(node.highestVersion)
    .uint16(node.lowestVersion)
    .uint16(name.length)
    .bytes(name)
    .uint16(0)
    .finish();
}

/**
 * Answers a NAMES_REQ.
 *
 *     4          |
 *     EPMDPortNo | "name NodeName at port PortNo\n" ...
 */
export function encodeNamesResponse(epmdPort: number, nodes: readonly NodeEntry[]): Uint8Array {
  const writer = new ByteWriter().uint32(epmdPort);
  for (const { name, port } of nodes) writer.utf8(`name ${name} at port ${port}\n`);
  return writer.finish();
}
