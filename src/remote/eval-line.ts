import { encodeTerm } from "../etf/encode.ts";
import { atom, charlist, tuple, type Term } from "../etf/term.ts";

/** What `erl -eval` is given: it reads a line with source code and the values of its variables, and evaluates it. */
export const EVAL: string = [
  '{Source,Values}=binary_to_term(base64:decode(io:get_line("")))',
  "{ok,Tokens,_}=erl_scan:string(Source)",
  "{ok,Forms}=erl_parse:parse_exprs(Tokens)",
  "Bind=fun({Name,Value},All)->erl_eval:add_binding(Name,Value,All) end",
  "erl_eval:exprs(Forms,lists:foldl(Bind,erl_eval:new_bindings(),Values))",
].join(",");

/** A line for {@linkcode EVAL}. */
export function evalLine(source: string, values: Readonly<Record<string, Term>>): string {
  const bindings = Object.entries(values).map(([name, value]) => tuple(atom(name), value));
  return encodeTerm(tuple(charlist(source), bindings)).toString("base64");
}
