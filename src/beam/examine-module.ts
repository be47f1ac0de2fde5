import { basename, isAbsolute } from "node:path";
import type {
  Caller,
  DynamicCall,
  FunctionName,
  MissingCall,
  ModuleExamination,
} from "../engine/code-examination.ts";
import { displayFunction, displayModule } from "../etf/module-name.ts";
import { findCallSites, type CallSite, type CallSites } from "./call-sites.ts";
import { callKey } from "./function-tables.ts";
import type { KnownFunctions } from "./known-functions.ts";
import { decodeLines, type SourceLine } from "./line-table.ts";
import type { BeamFile } from "./parse-beam.ts";

/** How many of the functions that call something a message names. */
const NAMED_CALLERS = 3;

/**
 * Examines the code of a module.
 *
 * @throws {DecodeError}
 */
export function examineModule(beam: BeamFile, known: KnownFunctions): ModuleExamination {
  const unchecked = new Map<string, FunctionName>();
  const isMissing = (called: FunctionName): boolean => {
    const has = known.has(called);
    if (has === undefined) unchecked.set(callKey(called), called);
    return has === false && !isAskedOfProtocol(called, beam);
  };
  const found = findCallSites(beam, isMissing);
  const lines = new LineReader(beam);
  const missingCall = (called: FunctionName, sites: readonly CallSite[]): MissingCall[] => {
    const callers = callersOf(sites, lines);
    const problem = known.check(called, callersText(beam.module, callers));
    if (typeof problem === "string") return [];
    return [{ called, callers, isExpected: isExpected(called, sites, found), problem }];
  };
  const groups = groupBy(inOrder(found.sites, lines), ({ called }) => callKey(called));
  const missing = groups.flatMap((sites) => missingCall(sites[0].called, sites));
  if (found.isCutShort) {
    const seen = new Set(missing.map(({ called }) => callKey(called)));
    const unseen = beam.imports.filter((called) => isMissing(called) && !seen.has(callKey(called)));
    missing.push(...unseen.flatMap((called) => missingCall(called, [])));
  }
  return {
    module: beam.module,
    missing,
    dynamic: dynamicCalls(found, lines),
    unchecked: Array.from(unchecked.values()),
    isCutShort: found.isCutShort,
  };
}

/** A protocol calls `__impl__` of each type that may implement it, and takes the error for a no. */
function isAskedOfProtocol({ module, name }: FunctionName, beam: BeamFile): boolean {
  return (
    name === "__impl__" &&
    module.startsWith(`${beam.module}.`) &&
    beam.exports.some((exported) => exported.name === "__protocol__" && exported.arity === 1)
  );
}

function isExpected({ module }: FunctionName, sites: readonly CallSite[], { askedFor }: CallSites): boolean {
  return askedFor.has(module) || (sites.length > 0 && sites.every(({ caller }) => caller.catchesUndefined));
}

function dynamicCalls({ dynamic }: CallSites, lines: LineReader): DynamicCall[] {
  const groups = groupBy(inOrder(dynamic, lines), ({ called: { module = "", name = "", arity = "" } }) =>
    JSON.stringify([module, name, arity]),
  );
  return groups.map((sites) => ({ called: sites[0].called, callers: callersOf(sites, lines) }));
}

/** Sorts call sites as the source has them: the compiler puts functions into another order. */
function inOrder<Site extends { readonly line: number }>(sites: readonly Site[], lines: LineReader): Site[] {
  const lineOf = ({ line }: Site): number => lines.at(line).line ?? Infinity;
  return sites.toSorted((one, other) => lineOf(one) - lineOf(other));
}

/** The functions that hold call sites, each once, with its first line. */
function callersOf(sites: readonly Pick<CallSite, "caller" | "line">[], lines: LineReader): Caller[] {
  const callers = new Map<string, Caller>();
  for (const { caller, line } of sites) {
    const { name, arity } = writtenFunction(caller);
    const key = `${name}/${arity}`;
    if (!callers.has(key)) callers.set(key, { module: lines.module, name, arity, ...lines.at(line) });
  }
  return Array.from(callers.values());
}

/** The function in whose source a fun or a comprehension stands: the compiler makes functions of those. */
function writtenFunction({ name, arity }: Pick<Caller, "name" | "arity">): Pick<Caller, "name" | "arity"> {
  const made = /^-(?:inlined-)?(.+?)\/(\d+)-/.exec(name);
  return made === null ? { name, arity } : { name: made[1] ?? "", arity: Number(made[2]) };
}

/** Names callers for people: `RemoteHealth.check/0 (lib/remote_health.ex:12) and 2 more`. */
function callersText(module: string, callers: readonly Caller[]): string {
  if (callers.length === 0) return displayModule(module);
  const named = callers.slice(0, NAMED_CALLERS).map(({ name, arity, file, line }) => {
    const place = file === undefined ? "" : ` (${isAbsolute(file) ? basename(file) : file}:${line})`;
    return `${displayFunction(module, name, arity)}${place}`;
  });
  const more = callers.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Reads the table of lines when it is first asked for. */
class LineReader {
  readonly module: string;
  readonly #beam: BeamFile;
  #lines: readonly SourceLine[] | undefined;

  constructor(beam: BeamFile) {
    this.module = beam.module;
    this.#beam = beam;
  }

  at(number: number): Pick<Caller, "file" | "line"> {
    const chunk = this.#beam.chunks.get("Line");
    this.#lines ??= chunk === undefined ? [] : decodeLines(chunk, this.module);
    const { file, line } = this.#lines[number - 1] ?? {};
    return { file, line };
  }
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): (readonly [Item, ...Item[]])[] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const known = groups.get(key(item));
    if (known === undefined) groups.set(key(item), [item]);
    else known.push(item);
  }
  return Array.from(groups.values());
}
