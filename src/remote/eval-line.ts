import { encodeTerm } from "../etf/encode.ts";
import { atom, binary, tuple, type Term } from "../etf/term.ts";

/**
 * What `erl -eval` is given: it reads a line with source code and the values of its variables, and evaluates it.
 *
 *     base64(term_to_binary({term_to_binary(Source, [compressed]), [{Name, Value}]}))
 */
export const EVAL: string = [
  '{Packed,Values}=binary_to_term(base64:decode(io:get_line("")))',
  "{ok,Tokens,_}=erl_scan:string(unicode:characters_to_list(binary_to_term(Packed)))",
  "{ok,Forms}=erl_parse:parse_exprs(Tokens)",
  "Bind=fun({Name,Value},All)->erl_eval:add_binding(Name,Value,All) end",
  "erl_eval:exprs(Forms,lists:foldl(Bind,erl_eval:new_bindings(),Values))",
].join(",");

/** Sources as they go over the wire. All hosts are sent the same ones, of which there are a few. */
const packed = new Map<string, Uint8Array>();

/** A line for {@linkcode EVAL}. */
export function evalLine(source: string, values: Readonly<Record<string, Term>>): string {
  const bindings = Object.entries(values).map(([name, value]) => tuple(atom(name), value));
  return encodeTerm(tuple(packedSource(source), bindings)).toString("base64");
}

function packedSource(source: string): Uint8Array {
  let bytes = packed.get(source);
  if (bytes === undefined) {
    packed.set(source, (bytes = encodeTerm(binary(withoutComments(source)), { compressed: true })));
  }
  return bytes;
}

/** Erlang source without what it has for readers: lines that are comments, blank lines and indentation. */
export function withoutComments(source: string): string {
  const lines = source.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("%")).join("\n");
}
