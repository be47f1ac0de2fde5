import { atom, Atom, binary, isAtom, isTuple, MapTerm, tuple, type Term } from "../../src/etf/term.ts";

/** What a simulated BEAM knows of itself. */
export interface BeamState {
  readonly node: string;
  /** Modules that were loaded, with their md5. */
  readonly loaded: Map<string, string>;
}

/** A call of `erpc:execute_call/4`, as it comes in a `SPAWN_REQUEST`. */
export interface Call {
  readonly module: string;
  readonly function: string;
  readonly args: readonly Term[];
}

const OK = atom("ok");
const NIL = atom("nil");

/** Gives what a call returns; nothing for a function that there is not. */
export function answerCall(call: Call, state: BeamState): Term | undefined {
  switch (`${call.module}:${call.function}/${call.args.length}`) {
    case "erlang:node/0":
      return atom(state.node);
    case "fleet:held/0":
      return OK;
    case "gen_server:call/3":
      return answerRequest(call.args[1] as Term, state);
    case "erl_eval:expr/2":
      return tuple(atom("value"), facts(state), []);
    default:
      return undefined;
  }
}

/** Answers what the agent is asked: `src/remote/agent-services.ts`. */
function answerRequest(request: Term, state: BeamState): Term {
  if (isAtom(request, "start_elixir")) return OK;
  const [name, ...fields] = isTuple(request) ? request.elements : [];
  switch (name instanceof Atom ? name.name : "") {
    case "needed":
      return tuple(needed(fields[0] as Term[], state), []);
    case "load":
      for (const module of fields.slice(1).flat() as Term[]) load(module, state);
      return OK;
    case "prepare":
      for (const module of fields.slice(1).flat() as Term[]) load(module, state);
      return tuple(atom("prepared"), 1);
    case "finish":
    case "abandon":
      return OK;
    case "calls":
      return calls(fields[3] as Term, state);
    case "applications":
      return [];
    default:
      return tuple(atom("error"), atom("not_simulated"));
  }
}

function needed(modules: readonly Term[], state: BeamState): Term[] {
  return modules.flatMap((wanted) => {
    const [module, md5] = isTuple(wanted, 2) ? wanted.elements : [];
    if (!(module instanceof Atom) || !(md5 instanceof Uint8Array)) return [];
    const text = Buffer.from(md5).toString("hex");
    if (state.loaded.get(module.name) === text) return [];
    state.loaded.set(module.name, text);
    return [module];
  });
}

/** What was said to be needed is there from now on. */
function load(module: Term, state: BeamState): void {
  const name = isTuple(module, 3) ? module.elements[0] : undefined;
  if (!(name instanceof Atom) || !state.loaded.has(name.name))
    throw new Error("Code came that was not needed");
}

/** `{Module, Function, [Arguments]}` → exit reasons of as many calls. */
function calls(wanted: Term, state: BeamState): Term[] {
  const [module, name, lists] = isTuple(wanted, 3) ? wanted.elements : [];
  if (!(module instanceof Atom) || !(name instanceof Atom)) return [];
  return (lists as Term[][]).map((args) => {
    const result = answerCall({ module: module.name, function: name.name, args }, state);
    return exitReason(atom("reference"), result);
  });
}

/** The exit reason of `erpc:execute_call/4`; `mark` is what the reply is known by. */
export function exitReason(mark: Term, result: Term | undefined): Term {
  return result === undefined
    ? tuple(mark, atom("error"), atom("undef"), [])
    : tuple(mark, atom("return"), result);
}

/** Facts as `src/remote/facts-source.ts` finds them, where they are the same on all hosts of a fleet. */
function facts({ node }: BeamState): Term {
  const map = (entries: Readonly<Record<string, Term>>): MapTerm =>
    new MapTerm(Object.entries(entries).map(([key, value]) => [atom(key), value]));
  return map({
    os: map({ family: binary("unix"), type: binary("linux"), id: NIL, name: NIL, version: NIL }),
    kernel: map({ version: binary("6.1.0"), release: NIL }),
    hostname: binary(node),
    architecture: binary("x86_64"),
    cpu: map({ count: 2, model: NIL }),
    memory: NIL,
    disks: [],
    mounts: [],
    network: NIL,
    user: NIL,
    users: map({}),
    uptime: 1,
    time: NIL,
    otp: map({ release: binary("25"), version: NIL, erts: NIL, root: NIL, schedulers: 2 }),
    errors: map({}),
  });
}
