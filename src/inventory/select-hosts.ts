import { quote } from "../documents/quote.ts";
import { FusionPlayError } from "../errors.ts";
import type { Host, Inventory } from "./inventory.ts";
import { nameMatcher } from "./name-matcher.ts";
import { inOrderOfEffect, splitPattern } from "./pattern.ts";

/** The hosts that a pattern stands for. */
export interface Selection {
  /** Each once, in the order in which the patterns and the inventory name them. */
  readonly hosts: readonly Host[];
  /** The parts of the patterns that name nothing in the inventory: misspelt, most likely. */
  readonly unmatched: readonly string[];
}

/**
 * Selects hosts as Ansible does. A pattern is made of parts, separated by `,` or `:`. A part is the name of a
 * host or group, `all`, a glob (`web*`), a regular expression (`~web[0-9]+`), and may pick from what it
 * matches (`web[0]`, `web[-1]`, `web[1:3]`). Parts that start with `&` keep only hosts they match too, and
 * `!` takes hosts out; both count after all the others.
 *
 * @param limit a second pattern that hosts must match as well
 * @throws {FusionPlayError} `USAGE` if it is empty, or a bracket or a regular expression is wrong, `NO_HOST_MATCHED` if fewer
 *   hosts match than an index counts
 */
export function selectHosts(inventory: Inventory, pattern: string, limit?: string): Selection {
  const unmatched = new Set<string>();
  const names = namesOf(inventory, splitPattern(pattern), unmatched);
  const limited = limit === undefined ? undefined : namesOf(inventory, splitPattern(limit), unmatched);
  const hosts = new Set<Host>();
  for (const name of limited === undefined ? names : common(names, limited)) {
    const host = inventory.hosts.get(name);
    if (host !== undefined) hosts.add(host);
  }
  return { hosts: [...hosts], unmatched: [...unmatched] };
}

function namesOf(inventory: Inventory, parts: readonly string[], unmatched: Set<string>): readonly string[] {
  let names: readonly string[] = [];
  for (const part of inOrderOfEffect(parts)) {
    const matches = inventory.hosts.has(part) ? [part] : namesOfPart(inventory, part, unmatched);
    if (part.startsWith("!")) names = without(names, matches);
    else if (part.startsWith("&")) names = common(names, matches);
    else names = names.length === 0 ? matches : names.concat(matches);
  }
  return names;
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  const excluded = new Set(others);
  return names.filter((name) => !excluded.has(name));
}

function common(names: readonly string[], others: readonly string[]): readonly string[] {
  const kept = new Set(others);
  return names.filter((name) => kept.has(name));
}

const SUBSCRIPT = /^(?<of>.+)\[(?:(?<index>-?[0-9]+)|(?<start>[0-9]+)[:-](?<end>[0-9]*))\]$/u;

function namesOfPart(inventory: Inventory, part: string, unmatched: Set<string>): readonly string[] {
  const expression = part.replace(/^[&!]/u, "");
  const {
    of = expression,
    index,
    start,
    end,
  } = expression.startsWith("~") ? {} : (SUBSCRIPT.exec(expression)?.groups ?? {});
  const matches = matchNames(inventory, of);
  if (matches === undefined) {
    unmatched.add(expression);
    return [];
  }
  // Ansible takes a range that ends at 0 for the index at which it starts.
  const single = index ?? (end !== undefined && end !== "" && Number(end) === 0 ? start : undefined);
  if (start !== undefined && single === undefined) {
    return matches.slice(Number(start), end === "" ? undefined : Number(end) + 1);
  }
  if (single === undefined || matches.length === 0) return matches;
  const picked = matches.at(Number(single));
  if (picked !== undefined) return [picked];
  // To take nothing would be dangerous where the part is to be taken out.
  throw new FusionPlayError(`Cannot pick a host with ${quote(expression)}: only ${matches.length} match`, {
    code: "NO_HOST_MATCHED",
    hint: "Hosts are counted from 0, or from -1 at the end",
  });
}

/** What may match many names is tried on groups and hosts. */
const OF_MANY = /^~|[.?*[]/u;

/** The hosts of matching groups and matching hosts; undefined if neither matches. */
function matchNames(inventory: Inventory, expression: string): readonly string[] | undefined {
  if (!OF_MANY.test(expression)) {
    // A plain name is a group's or else a host's.
    const group = inventory.groups.get(expression);
    return group?.hosts ?? (inventory.hosts.has(expression) ? [expression] : undefined);
  }
  const matches = nameMatcher(expression);
  const names: string[] = [];
  let isKnown = false;
  for (const [name, { hosts }] of inventory.groups) {
    if (!matches(name)) continue;
    isKnown = true;
    for (const host of hosts) names.push(host);
  }
  for (const name of inventory.hosts.keys()) if (matches(name)) names.push(name);
  return isKnown || names.length > 0 ? names : undefined;
}
