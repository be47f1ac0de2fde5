import type { RemoteCalls } from "../dist/remote-calls.ts";
import { FusionPlayError } from "../errors.ts";
import { formatTerm } from "../etf/format.ts";
import { atom, binary, charlist, isTuple, MapTerm, tuple, type Term } from "../etf/term.ts";
import { factsSource } from "./facts-source.ts";

/** How long a host may take to find one fact. */
const FACT_MS = 3000;

interface FactsOptions {
  /** Name of the host. */
  readonly host: string;
  /** Version of its Elixir, which is known since it booted. */
  readonly elixir: string | null;
  readonly signal: AbortSignal;
}

/**
 * Asks a host about itself, in one call.
 *
 * @returns a map of facts by name
 * @throws {FusionPlayError} `PROTOCOL_VIOLATION` for an answer of another shape
 */
export async function gatherFacts(
  calls: Pick<RemoteCalls, "call">,
  { host, elixir, signal }: FactsOptions,
): Promise<MapTerm> {
  const answer = await calls.call("erl_eval", "expr", [evaluation(factsSource(FACT_MS)), []], {
    signal,
    onOutput: () => {},
  });
  const facts = isTuple(answer, 3) ? answer.elements[1] : undefined;
  if (facts instanceof MapTerm) {
    return new MapTerm([...facts.entries, [atom("elixir"), elixir === null ? atom("nil") : binary(elixir)]]);
  }
  const text = formatTerm(answer, "erlang", { maxLength: 200 });
  throw new FusionPlayError(`Cannot gather facts of ${host}: it answers ${text}`, {
    code: "PROTOCOL_VIOLATION",
  });
}

/**
 * The abstract form of an expression that reads other expressions from text, and evaluates them: so all of it
 * is one call, and nothing of ours need be on the host.
 *
 *     element(2, erl_eval:exprs(element(2, erl_parse:parse_exprs(element(2, erl_scan:string(Source)))), []))
 */
function evaluation(source: string): Term {
  const tokens = second(remoteCall("erl_scan", "string", tuple(atom("string"), 1, charlist(source))));
  const forms = second(remoteCall("erl_parse", "parse_exprs", tokens));
  return second(remoteCall("erl_eval", "exprs", forms, tuple(atom("nil"), 1)));
}

function second(expression: Term): Term {
  return tuple(atom("call"), 1, tuple(atom("atom"), 1, atom("element")), [
    tuple(atom("integer"), 1, 2),
    expression,
  ]);
}

function remoteCall(module: string, name: string, ...args: readonly Term[]): Term {
  const target = tuple(
    atom("remote"),
    1,
    tuple(atom("atom"), 1, atom(module)),
    tuple(atom("atom"), 1, atom(name)),
  );
  return tuple(atom("call"), 1, target, [...args]);
}
