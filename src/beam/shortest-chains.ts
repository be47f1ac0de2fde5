import type { NeedReason } from "../engine/module-source.ts";
import type { Dependencies, Need } from "./dependencies.ts";

/** A module of a chain, and why the one before it needs it; the first one was asked for. */
export interface ChainLink {
  readonly module: string;
  readonly reason: NeedReason | null;
}

export interface ShortestChains {
  /** Each from a module that was asked for to the one in question, as many as were wanted. */
  readonly chains: readonly (readonly ChainLink[])[];
  /** How many there are. */
  readonly count: number;
}

/** Finds the shortest chains of needs that lead to a module, which Erlang or Elixir may provide. */
export function shortestChains(
  { roots, modules }: Dependencies,
  target: string,
  limit: number,
): ShortestChains {
  const needs = new Map<string, readonly Need[]>();
  for (const module of modules) {
    const provided = module.needsProvided.filter((need) => need.module === target);
    needs.set(module.name, [...module.needs, ...provided]);
  }
  const found = search(roots, needs, target);
  return { chains: chainsTo(found, target, limit), count: found.get(target)?.ways ?? 0 };
}

/**
 * The same where all modules were asked for, which alone explains nothing: chains from those that
 * nothing needs. Only a cycle that none of those leads to begins somewhere in itself.
 */
export function shortestChainsFromTops(
  dependencies: Dependencies,
  target: string,
  limit: number,
): ShortestChains {
  const needed = new Set(dependencies.modules.flatMap(({ needs }) => needs.map(({ module }) => module)));
  const tops = dependencies.roots.filter((root) => !needed.has(root));
  const fromTops = shortestChains({ ...dependencies, roots: tops }, target, limit);
  return fromTops.count > 0 ? fromTops : shortestChains(dependencies, target, limit);
}

interface Found {
  readonly distance: number;
  /** The needs that lead here on a shortest way; none where the module was asked for. */
  readonly from: { readonly module: string; readonly reason: NeedReason }[];
  ways: number;
}

/** Breadth first, so that a module's `ways` are all counted before it is looked at. */
function search(
  roots: readonly string[],
  needs: ReadonlyMap<string, readonly Need[]>,
  target: string,
): Map<string, Found> {
  const found = new Map<string, Found>(roots.map((root) => [root, { distance: 0, from: [], ways: 1 }]));
  for (const [module, { distance, ways }] of found) {
    if (module === target) break;
    for (const need of needs.get(module) ?? []) {
      const known = found.get(need.module) ?? { distance: distance + 1, from: [], ways: 0 };
      if (known.distance !== distance + 1) continue;
      found.set(need.module, known);
      known.from.push({ module, reason: need.reason });
      // Diamonds multiply: beyond this the number is "very many".
      known.ways = Math.min(known.ways + ways, Number.MAX_SAFE_INTEGER);
    }
  }
  return found;
}

interface Tail {
  readonly link: ChainLink;
  readonly next: Tail | undefined;
}

/** Goes back from the target: every step back is on a shortest way, so no way is in vain. */
function chainsTo(found: ReadonlyMap<string, Found>, target: string, limit: number): ChainLink[][] {
  const chains: ChainLink[][] = [];
  const open: { readonly module: string; readonly next: Tail | undefined }[] = [];
  if (found.has(target)) open.push({ module: target, next: undefined });
  for (let way = open.pop(); way !== undefined && chains.length < limit; way = open.pop()) {
    const { module, next } = way;
    const from = found.get(module)?.from ?? [];
    if (from.length === 0) chains.push([{ module, reason: null }, ...linksOf(next)]);
    for (const step of from.toReversed()) {
      open.push({ module: step.module, next: { link: { module, reason: step.reason }, next } });
    }
  }
  return chains;
}

function linksOf(tail: Tail | undefined): ChainLink[] {
  const links: ChainLink[] = [];
  for (let rest = tail; rest !== undefined; rest = rest.next) links.push(rest.link);
  return links;
}
