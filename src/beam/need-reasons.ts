import type { NeedReason } from "../engine/module-source.ts";
import { isAtom } from "../etf/term.ts";
import type { Attributes } from "./attributes.ts";
import type { NeededImplementation } from "./closure.ts";
import type { FunctionName } from "./function-tables.ts";
import type { Chunks } from "./iff.ts";
import { findInLiterals } from "./literals.ts";
import { NameSearch } from "./name-search.ts";
import { NameSet } from "./name-set.ts";
import type { ModuleStore } from "./module-store.ts";

/** Tells why one module needs another one, which it names or has as an implementation. */
export class NeedReasons {
  readonly #store: ModuleStore;
  /** By the module that needs, then by the implementation. */
  readonly #implementations: Map<string, Map<string, NeededImplementation>> = new Map();
  readonly #imports: Map<string, ReadonlyMap<string, readonly string[]>> = new Map();

  constructor(store: ModuleStore, implementations: readonly NeededImplementation[]) {
    this.#store = store;
    for (const implementation of implementations) {
      for (const module of implementation.neededBy) {
        const known = this.#implementations.get(module) ?? new Map<string, NeededImplementation>();
        this.#implementations.set(module, known.set(implementation.module, implementation));
      }
    }
  }

  /** The implementations that a module needs, whether or not it names them. */
  implementationsFor(module: string): string[] {
    return Array.from(this.#implementations.get(module)?.keys() ?? []);
  }

  reason(module: string, needed: string): NeedReason {
    const implementation = this.#implementations.get(module)?.get(needed);
    if (implementation !== undefined) {
      const { protocol, target } = implementation;
      return { type: "protocol_implementation", protocol, target };
    }
    const functions = this.#importsOf(module).get(needed);
    if (functions !== undefined) return { type: "imports", functions };
    const { beam } = this.#store.load(module);
    if (isBehaviour(beam.attributes, needed)) return { type: "behaviour" };
    if (beam.atoms.includes(needed)) return { type: "atom", where: "code" };
    return { type: "atom", where: isInLiterals(needed, beam.chunks) ? "literal" : "attribute" };
  }

  /** The functions that a module calls by name, by their modules. */
  #importsOf(module: string): ReadonlyMap<string, readonly string[]> {
    const known = this.#imports.get(module);
    if (known !== undefined) return known;
    const fresh = byModule(this.#store.load(module).beam.imports);
    this.#imports.set(module, fresh);
    return fresh;
  }
}

function isInLiterals(name: string, chunks: Chunks): boolean {
  const literals = chunks.get("LitT");
  if (literals === undefined) return false;
  const { buffer, byteOffset, length } = literals;
  const search = new NameSearch(Buffer.from(buffer, byteOffset, length), new NameSet([name]));
  findInLiterals(search, 0, length);
  return search.found.length > 0;
}

function byModule(imports: readonly FunctionName[]): Map<string, string[]> {
  const functions = new Map<string, string[]>();
  for (const { module, name, arity } of imports) {
    const known = functions.get(module);
    if (known === undefined) functions.set(module, [`${name}/${arity}`]);
    else known.push(`${name}/${arity}`);
  }
  return functions;
}

function isBehaviour(attributes: Attributes, module: string): boolean {
  // Erlang takes both spellings and keeps the one that was written.
  return ["behaviour", "behavior"].some((name) => attributes.get(name)?.some((term) => isAtom(term, module)));
}
