import type { PartOfName } from "../engine/code-examination.ts";
import { exportsOfTerm } from "../etf/exports-of-term.ts";
import { Atom, isAtom, isTuple, type Term } from "../etf/term.ts";
import type { Effect } from "../playbook/playbook.ts";
import { EFFECT_TABLE, type CallEffect } from "./effect-table.ts";
import type { FunctionName } from "./function-tables.ts";
import type { FunctionLookup } from "./known-functions.ts";
import { namesInArguments } from "./names-in-arguments.ts";

/** A line of the table: a function with an effect, of any arity where none is named. */
interface Sink {
  readonly module: string;
  readonly name: string;
  readonly arity: number | undefined;
  readonly effect: CallEffect;
}

const SINKS: readonly Sink[] = Object.entries(EFFECT_TABLE).flatMap(([effect, modules]) =>
  Object.entries(modules).flatMap(([module, functions]) =>
    functions.split(" ").map((text): Sink => {
      const [name = "", arity] = text.split("/");
      const count = arity === undefined ? undefined : Number(arity);
      return { module, name, arity: count, effect: effect as CallEffect };
    }),
  ),
);

const BY_MODULE: ReadonlyMap<string, readonly Sink[]> = sinksBy(({ module }) => module);
const BY_NAME: ReadonlyMap<string, readonly Sink[]> = sinksBy(({ name }) => name);

/** The effects that a call of a function has by itself. */
export function effectsOfCall(called: FunctionName): readonly CallEffect[] {
  const sinks = BY_MODULE.get(called.module) ?? [];
  return sinks.filter((sink) => isSink(sink, called.name, called.arity)).map(({ effect }) => effect);
}

/**
 * The effects of a call with these arguments, also of one that calls what its arguments name. A fun of a
 * function counts as a call of it, wherever it stands in them.
 */
export function effectsOfCallWith(
  called: FunctionName,
  args: readonly Term[],
  known: FunctionLookup,
): readonly Effect[] {
  const funs = exportsOfTerm(args).map(({ module, function: name, arity }) => ({ module, name, arity }));
  return [
    ...effectsOfNamed(called, args, known),
    ...funs.flatMap((fun) => effectsOfNamed(fun, undefined, known)),
  ];
}

/** @param args Undefined where they are not known. */
function effectsOfNamed(
  called: FunctionName,
  args: readonly Term[] | undefined,
  known: FunctionLookup,
): readonly Effect[] {
  if (args !== undefined && opensForReading(called, args)) return [];
  const named = namedInArguments(called, args);
  if (named === undefined) return effectsOfCall(called);
  const { module, name, arity } = named.called;
  if (module === undefined || name === undefined || arity === undefined) {
    return [...effectsOfCall(called), ...(mayHaveEffect(named.called, known) ? (["dynamic"] as const) : [])];
  }
  return [...effectsOfCall(called), ...effectsOfNamed({ module, name, arity }, named.args, known)];
}

/** What a call is told to call, as far as that is known. */
function namedInArguments(
  called: FunctionName,
  args: readonly Term[] | undefined,
): { called: PartOfName; args: readonly Term[] | undefined } | undefined {
  const names = namesInArguments(called);
  if (names?.type !== "calls") return undefined;
  const { position, added } = names;
  const [module, name, list] = (args ?? []).slice(position, position + 3);
  const inner = Array.isArray(list) ? (list as readonly Term[]) : undefined;
  const arity = typeof list === "number" ? list : inner?.length;
  return {
    called: {
      module: module instanceof Atom ? module.name : undefined,
      name: name instanceof Atom ? name.name : undefined,
      arity: arity === undefined ? undefined : arity + added,
    },
    args: added === 0 ? inner : undefined,
  };
}

/** Whether a call that is chosen at run time may be one of a function with an effect. */
export function mayHaveEffect({ module, name, arity }: PartOfName, known: FunctionLookup): boolean {
  if (module !== undefined) {
    return (BY_MODULE.get(module) ?? []).some((sink) => isSink(sink, name, arity));
  }
  if (name === undefined) return true;
  const sinks = (BY_NAME.get(name) ?? []).filter((sink) => isSink(sink, name, arity));
  return arity === undefined
    ? sinks.length > 0
    : sinks.some((sink) => known.has({ module: sink.module, name, arity }) !== false);
}

function sinksBy(key: (sink: Sink) => string): Map<string, Sink[]> {
  const found = new Map<string, Sink[]>();
  for (const sink of SINKS) found.set(key(sink), [...(found.get(key(sink)) ?? []), sink]);
  return found;
}

function isSink(sink: Sink, name: string | undefined, arity: number | undefined): boolean {
  if (name !== undefined && sink.name !== name) return false;
  return sink.arity === undefined || arity === undefined || sink.arity === arity;
}

/** Functions that write only where the second of their arguments says so: modes of a file. */
const OPENS_FILE: ReadonlySet<string> = new Set([
  "file:open/2",
  "prim_file:open/2",
  "Elixir.File:open/2",
  "Elixir.File:open!/2",
  "Elixir.File:open/3",
  "Elixir.File:open!/3",
]);

const WRITING_MODES: readonly string[] = ["write", "append", "exclusive"];

/** Whether a call only opens a file for reading, as its constant arguments say. */
export function opensForReading(
  { module, name, arity }: FunctionName,
  args: readonly (Term | undefined)[],
): boolean {
  const modes = args[1];
  if (modes === undefined || !OPENS_FILE.has(`${module}:${name}/${arity}`)) return false;
  return Array.isArray(modes) && (modes as readonly Term[]).every(isReadingMode);
}

function isReadingMode(mode: Term): boolean {
  return !WRITING_MODES.some((writing) => isAtom(mode, writing)) && (isAtom(mode) || isTuple(mode));
}
