import type { CodeQuestion } from "../engine/code-question.ts";
import { OWN_REASONS, type HostCode, type OwnReason, type ReplacedModule } from "../engine/host-code.ts";
import type { Runtime } from "../engine/remote-node.ts";
import { FusionPlayError } from "../errors.ts";
import { keepEncoded } from "../etf/encode.ts";
import { atom, Atom, isAtom, isTuple, tuple, type Term, type Tuple } from "../etf/term.ts";
import { readPresence } from "./application-presence.ts";
import { unfitLibrary } from "./host-platform.ts";

const MD5_BYTES = 16;
const MAX_PATH = 4096;

/** Hosts with the same plan are asked the same. */
const requests = new WeakMap<CodeQuestion, Tuple>();
const askedFunctions = new WeakMap<CodeQuestion, HostCode["asked"]>();

/** Asks the agent on a host what it has of modules and functions. */
export function inspectRequest(question: CodeQuestion): Tuple {
  const known = requests.get(question);
  if (known !== undefined) return known;
  const modules = question.modules.map(({ name, md5 }) => tuple(atom(name), Buffer.from(md5, "hex")));
  const functions = new Map<string, Term[]>();
  for (const { module, name, arity } of question.calls) {
    const called = functions.get(module) ?? [];
    called.push(tuple(atom(name), arity));
    functions.set(module, called);
  }
  const calls = Array.from(functions, ([module, called]) => tuple(atom(module), called));
  const names = question.applicationNames.map(atom);
  const request = keepEncoded(tuple(atom("inspect"), modules, calls, names));
  requests.set(question, request);
  return request;
}

/**
 * Reads the answer of the agent.
 *
 * @throws {FusionPlayError} `PROTOCOL_VIOLATION`
 */
export function readInspection(
  answer: Term,
  question: CodeQuestion,
  { host, runtime }: { readonly host: string; readonly runtime: Runtime },
): HostCode {
  const [states, lacks, presence] = isTuple(answer, 3) ? answer.elements : [];
  if (!Array.isArray(states) || !Array.isArray(lacks) || presence === undefined) {
    throw new FusionPlayError(`Cannot compare with the code of ${host}: its answer makes no sense`, {
      code: "PROTOCOL_VIOLATION",
    });
  }
  const modules = namedTerms(states as readonly Term[]);
  return {
    own: readOwn(modules.flatMap(([name, state]) => ownEntry(name, state))),
    current: new Set(modules.flatMap(([name, state]) => (isAtom(state, "current") ? [name] : []))),
    replaced: new Map(modules.flatMap(([name, state]) => replacedEntry(name, state))),
    asked: askedOf(question),
    lacking: new Map(
      namedTerms(lacks as readonly Term[]).map(([name, lack]) => [name, lackingOf(lack)] as const),
    ),
    applications: readPresence(presence),
    unfit: new Map(
      question.applications.flatMap((application) => {
        const unfit = unfitLibrary(application, runtime);
        return unfit === undefined ? [] : [[application.name, unfit] as const];
      }),
    ),
  };
}

/** Reads `[{Module, Why}]`: why a host keeps modules as they are. */
export function readOwn(terms: readonly Term[]): ReadonlyMap<string, OwnReason> {
  const own = new Map<string, OwnReason>();
  for (const [module, why] of namedTerms(terms)) {
    if (why instanceof Atom && Object.hasOwn(OWN_REASONS, why.name)) own.set(module, why.name as OwnReason);
  }
  return own;
}

/** Reads `[{Name, Term}]`, and passes over everything else. */
function namedTerms(terms: readonly Term[]): (readonly [name: string, term: Term])[] {
  return terms.flatMap((item) => {
    const [name, term] = isTuple(item, 2) ? item.elements : [];
    return name instanceof Atom && term !== undefined ? [[name.name, term] as const] : [];
  });
}

/** `{own, Why}` */
function ownEntry(name: string, state: Term): Term[] {
  const [tag, why] = isTuple(state, 2) ? state.elements : [];
  return tag !== undefined && isAtom(tag, "own") && why !== undefined ? [tuple(atom(name), why)] : [];
}

/** `{other, Md5, File}` */
function replacedEntry(name: string, state: Term): (readonly [string, ReplacedModule])[] {
  const [tag, md5, file] = isTuple(state, 3) ? state.elements : [];
  if (tag === undefined || !isAtom(tag, "other") || !(md5 instanceof Uint8Array)) return [];
  if (md5.length !== MD5_BYTES) return [];
  const path = file instanceof Uint8Array ? Buffer.from(file).toString("utf8").slice(0, MAX_PATH) : null;
  return [[name, { md5: Buffer.from(md5).toString("hex"), file: path }]];
}

/** `module`, or `[{Function, Arity}]` */
function lackingOf(lack: Term): ReadonlySet<string> | "module" {
  if (isAtom(lack, "module")) return "module";
  const functions = namedTerms(Array.isArray(lack) ? (lack as readonly Term[]) : []);
  return new Set(
    functions.flatMap(([name, arity]) => (typeof arity === "number" ? [`${name}/${arity}`] : [])),
  );
}

function askedOf(question: CodeQuestion): HostCode["asked"] {
  const known = askedFunctions.get(question);
  if (known !== undefined) return known;
  const { calls } = question;
  const asked = new Map<string, Set<string>>();
  for (const { module, name, arity } of calls) {
    asked.set(module, (asked.get(module) ?? new Set()).add(`${name}/${arity}`));
  }
  askedFunctions.set(question, asked);
  return asked;
}
