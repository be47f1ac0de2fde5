import { decodeTerm } from "../../src/etf/decode.ts";
import { Atom, isTuple, type Term } from "../../src/etf/term.ts";

/** What the agent of a BEAM is told of its surroundings, as far as a stand-in needs it. */
export interface BootValues {
  /** Full names of both nodes. */
  readonly node: string;
  readonly controller: string;
  readonly cookie: string;
  readonly linkToken: string;
}

const HEAD_BYTES = 5;

/**
 * Reads a line for `erl -eval`: source code, which is passed over, and the values of its variables.
 *
 *     131, 104, 2    | 107           | 2      | Length | n
 *     a pair: {…, …} | the source is | Length | Source | [{Name, Value}]
 *
 * A stand-in does not evaluate the source, so it is not decoded, which would cost more than all the rest.
 */
export function bootValues(line: string): BootValues {
  const bytes = Buffer.from(line, "base64");
  if (bytes[3] !== 107) throw new Error("The source of the agent is no longer a STRING_EXT");
  const end = HEAD_BYTES + 1 + bytes.readUInt16BE(HEAD_BYTES - 1);
  const pairs = decodeTerm(Buffer.concat([Buffer.of(131), bytes.subarray(end)])) as Term[];
  const values = new Map(
    pairs.map((pair) => {
      const [name, value] = isTuple(pair, 2) ? pair.elements : [];
      return [name instanceof Atom ? name.name : "", textOf(value)];
    }),
  );
  const of = (name: string): string => values.get(name) ?? "";
  return { node: of("Node"), controller: of("Controller"), cookie: of("Cookie"), linkToken: of("Token") };
}

function textOf(value: Term | undefined): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  return Array.isArray(value) ? String.fromCharCode(...(value as number[])) : "";
}
