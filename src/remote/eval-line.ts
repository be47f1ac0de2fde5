import { deflateSync } from "node:zlib";
import { encodeTerm } from "../etf/encode.ts";
import { atom, tuple, type Term } from "../etf/term.ts";

/**
 * What `erl -eval` is given: it reads a line with source code and the values of its variables, and evaluates it.
 *
 *     base64(zlib(Source)) base64(term_to_binary([{Name, Value}]))
 */
export const EVAL: string = [
  '[Packed,Values]=[base64:decode(Word)||Word<-string:tokens(io:get_line("")," \\n")]',
  "{ok,Tokens,_}=erl_scan:string(binary_to_list(zlib:uncompress(Packed)))",
  "{ok,Forms}=erl_parse:parse_exprs(Tokens)",
  "Bind=fun({Name,Value},All)->erl_eval:add_binding(Name,Value,All) end",
  "erl_eval:exprs(Forms,lists:foldl(Bind,erl_eval:new_bindings(),binary_to_term(Values)))",
].join(",");

/** Sources as they go over the wire. All hosts are sent the same ones, of which there are a few. */
const packed = new Map<string, string>();

/** A line for {@linkcode EVAL}. */
export function evalLine(source: string, values: Readonly<Record<string, Term>>): string {
  const bindings = Object.entries(values).map(([name, value]) => tuple(atom(name), value));
  return `${pack(source)} ${encodeTerm(bindings).toString("base64")}`;
}

function pack(source: string): string {
  const before = packed.get(source);
  if (before !== undefined) return before;
  const text = deflateSync(Buffer.from(source, "latin1")).toString("base64");
  packed.set(source, text);
  return text;
}
