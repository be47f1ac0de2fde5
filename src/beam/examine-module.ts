import type { FunctionName, MissingCall, ModuleExamination, OwnEffect } from "../engine/code-examination.ts";
import { callersText } from "../etf/callers-text.ts";
import { effectsOfCall, mayHaveEffect, opensForReading } from "./call-effects.ts";
import { findCallSites, type CallSite, type CallSites } from "./call-sites.ts";
import { CallerReader, type LocateLine } from "./callers.ts";
import { callKey } from "./function-tables.ts";
import type { FunctionLookup } from "./known-functions.ts";
import type { BeamFile } from "./parse-beam.ts";

/**
 * Examines the code of a module.
 *
 * @param locate Finds what a line means, where that is none of the file that the module was compiled from.
 * @throws {DecodeError}
 */
export function examineModule(
  beam: BeamFile,
  known: FunctionLookup,
  locate?: LocateLine,
): Omit<ModuleExamination, "needs"> {
  return new Examiner(beam, known, locate).examine();
}

class Examiner {
  readonly #beam: BeamFile;
  readonly #known: FunctionLookup;
  readonly #callers: CallerReader;
  readonly #calls: Map<string, FunctionName> = new Map();
  readonly #unchecked: Map<string, FunctionName> = new Map();

  constructor(beam: BeamFile, known: FunctionLookup, locate: LocateLine | undefined) {
    this.#beam = beam;
    this.#known = known;
    this.#callers = new CallerReader(beam, locate);
  }

  examine(): Omit<ModuleExamination, "needs"> {
    const found = findCallSites(this.#beam, (called) => {
      this.#calls.set(callKey(called), called);
      return this.#isMissing(called) || effectsOfCall(called).length > 0;
    });
    const sites = groupBy(this.#callers.inOrder(found.sites), ({ called }) => callKey(called));
    const dynamic = groupBy(this.#callers.inOrder(found.dynamic), ({ called: { module, name, arity } }) =>
      JSON.stringify([module ?? null, name ?? null, arity ?? null]),
    ).map((calls) => ({ called: calls[0].called, callers: this.#callers.of(calls) }));
    return {
      module: this.#beam.module,
      missing: this.#missing(sites, found),
      dynamic,
      effects: [
        ...sites.flatMap((calls) => this.#effectsOf(calls)),
        ...this.#onLoadEffect(found),
        ...dynamic
          .filter(({ called }) => mayHaveEffect(called, this.#known))
          .map((call) => ({ effect: "dynamic", ...call }) as const),
        ...this.#unseenEffects(found),
      ],
      calls: Array.from(this.#calls.values()),
      unchecked: Array.from(this.#unchecked.values()),
      isCutShort: found.isCutShort,
    };
  }

  #isMissing(called: FunctionName): boolean {
    const has = this.#known.has(called);
    if (has === undefined) this.#unchecked.set(callKey(called), called);
    return has === false && !isAskedOfProtocol(called, this.#beam);
  }

  #missing(groups: readonly Group<CallSite>[], found: CallSites): MissingCall[] {
    const missing = groups
      .filter(([{ called }]) => this.#isMissing(called))
      .flatMap((sites) => this.#missingCall(sites[0].called, sites, found));
    if (!found.isCutShort) return missing;
    const seen = new Set(groups.map(([{ called }]) => callKey(called)));
    const unseen = this.#beam.imports.filter(
      (called) => !seen.has(callKey(called)) && this.#isMissing(called),
    );
    return [...missing, ...unseen.flatMap((called) => this.#missingCall(called, [], found))];
  }

  #missingCall(called: FunctionName, sites: readonly CallSite[], found: CallSites): MissingCall[] {
    const callers = this.#callers.of(sites);
    const problem = this.#known.check(called, callersText(this.#beam.module, callers));
    if (typeof problem === "string") return [];
    return [{ called, callers, isExpected: isExpected(called, sites, found), problem }];
  }

  #effectsOf(sites: Group<CallSite>): OwnEffect[] {
    const [{ called }] = sites;
    const having = sites.filter((site) => !opensForReading(called, site.arguments));
    if (having.length === 0) return [];
    const callers = this.#callers.of(having);
    return effectsOfCall(called).map((effect) => ({ effect, called, callers }));
  }

  #onLoadEffect({ onLoad }: CallSites): OwnEffect[] {
    if (onLoad === undefined) return [];
    return [
      { effect: "on_load", called: undefined, callers: this.#callers.of([{ caller: onLoad, line: 0 }]) },
    ];
  }

  /** Of code that cannot be read to its end, the tables say what is called, and not what else it does. */
  #unseenEffects({ isCutShort, sites }: CallSites): OwnEffect[] {
    if (!isCutShort) return [];
    const seen = new Set(sites.map(({ called }) => callKey(called)));
    const unseen = this.#beam.imports.filter((called) => !seen.has(callKey(called)));
    return [
      ...unseen.flatMap((called) => effectsOfCall(called).map((effect) => ({ effect, called, callers: [] }))),
      { effect: "dynamic", called: NOTHING_KNOWN, callers: [] },
    ];
  }
}

const NOTHING_KNOWN = { module: undefined, name: undefined, arity: undefined };

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

type Group<Item> = readonly [Item, ...Item[]];

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Group<Item>[] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const name = key(item);
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [item]);
    else known.push(item);
  }
  return Array.from(groups.values());
}
