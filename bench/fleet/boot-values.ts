import { decodeTerm } from "../../src/etf/decode.ts";
import { Atom, isTuple, type Term } from "../../src/etf/term.ts";

/** What the agent of a BEAM is told of its surroundings, as far as a stand-in needs it. */
export interface BootValues {
  /** Full name of the node. */
  readonly node: string;
  readonly cookie: string;
  readonly linkToken: string;
}

/** Reads a line of `src/remote/eval-line.ts`. Its source code is passed over: a stand-in evaluates nothing. */
export function bootValues(line: string): BootValues {
  const given = decodeTerm(Buffer.from(line, "base64"));
  const [, pairs] = isTuple(given, 2) ? given.elements : [];
  const values = new Map(
    (pairs as Term[]).map((pair) => {
      const [name, value] = isTuple(pair, 2) ? pair.elements : [];
      return [name instanceof Atom ? name.name : "", textOf(value)];
    }),
  );
  const of = (name: string): string => values.get(name) ?? "";
  return { node: of("Node"), cookie: of("Cookie"), linkToken: of("Token") };
}

function textOf(value: Term | undefined): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  return Array.isArray(value) ? String.fromCharCode(...(value as number[])) : "";
}
