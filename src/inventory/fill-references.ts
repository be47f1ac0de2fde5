import { quote } from "../documents/quote.ts";
import type { Data } from "../etf/data.ts";
import { holdsSecret, revealData } from "../etf/secret-data.ts";
import { secret } from "../secret.ts";
import { connectionProblem } from "./connection-problem.ts";
import { CONNECTION_VARIABLES, type Written } from "./connection-variables.ts";
import type { InventoryTree, Variable } from "./inventory-tree.ts";
import { mergeVariables, type Variables } from "./merge-variables.ts";

/** `{{ name }}` or `{{ name.key }}`. */
const REFERENCE = /\{\{-?\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*-?\}\}/gu;
const LONE_REFERENCE = new RegExp(`^${REFERENCE.source}$`, "u");
const TEMPLATE = /\{\{.*\}\}/u;

/** How many variables may name each other, one after another. */
const MAX_STEPS = 20;

/** Whether data is a text with templates that do nothing but name variables. */
export function isReference(data: Data): boolean {
  const text = revealData(data);
  return typeof text === "string" && TEMPLATE.test(text) && !TEMPLATE.test(text.replaceAll(REFERENCE, ""));
}

/**
 * Fills connection variables such as `ansible_user: "{{ deploy_user }}"` with what the variables of each host say, as
 * Ansible does. What comes of it are variables of the hosts themselves.
 */
export function fillReferences(tree: InventoryTree): void {
  const merged = mergeVariables(tree);
  // What a group gives may be wrong for all of its hosts.
  const told = new Set<Variable>();
  const hosts = new Map<string, Map<string, Variable>>();
  for (const host of tree.hosts.keys()) {
    const vars = merged.ofHost(host);
    const filled = new Map<string, Variable>();
    for (const name of CONNECTION_VARIABLES.flatMap(({ names }) => names)) {
      const variable = vars.get(name);
      if (variable === undefined || !isReference(variable.data) || told.has(variable)) continue;
      const outcome = checked(name, fill(variable, { vars, host, steps: 0 }));
      if ("why" in outcome) {
        told.add(variable);
        tree.problem(variable.place, `${quote(name)} ${outcome.why}`, outcome.hint);
      } else filled.set(name, { ...variable, ...outcome });
    }
    if (filled.size > 0) hosts.set(host, filled);
  }
  tree.layers.push({ groups: new Map(), hosts });
}

/** Where the names of a template are looked up. */
interface Surroundings {
  readonly vars: Variables;
  readonly host: string;
  readonly steps: number;
}

/** What cannot be filled, and why: what follows the name of the variable in a message. */
interface Unfilled {
  readonly why: string;
  readonly hint?: string | undefined;
}

function fill(written: Written, surroundings: Surroundings): Written | Unfilled {
  if (!isReference(written.data)) return written;
  if (surroundings.steps === MAX_STEPS) return { why: "names variables that name each other without an end" };
  const text = revealData(written.data) as string;
  const isSecret = holdsSecret(written.data);
  const [, lone] = LONE_REFERENCE.exec(text) ?? [];
  if (lone !== undefined) {
    const found = lookUp(lone, surroundings);
    return isSecret && "data" in found ? { ...found, data: secret(found.data) } : found;
  }
  let hasSecret = isSecret;
  let unfilled: Unfilled | undefined;
  const data = text.replaceAll(REFERENCE, (_, path: string) => {
    const found = lookUp(path, surroundings);
    if ("why" in found) {
      unfilled ??= found;
      return "";
    }
    hasSecret ||= holdsSecret(found.data);
    const value = revealData(found.data);
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "bigint") return found.source ?? String(value);
    unfilled ??= { why: `names ${quote(path)}, which is neither text nor a number` };
    return "";
  });
  return unfilled ?? { data: hasSecret ? secret(data) : data, source: undefined };
}

/** What the variables of a host have under a name, or under a key of one. */
function lookUp(path: string, { vars, host, steps }: Surroundings): Written | Unfilled {
  const [name = "", ...keys] = path.split(".");
  const variable = vars.get(name);
  if (variable === undefined && keys.length === 0) {
    if (name === "inventory_hostname") return { data: host, source: undefined };
    if (name === "inventory_hostname_short") return { data: host.split(".")[0] ?? host, source: undefined };
  }
  let data: Data | undefined = variable?.data;
  for (const key of keys) data = valueAt(data, key);
  if (data === undefined) return { why: `names ${quote(path)}, which the host ${quote(host)} does not have` };
  const source = keys.length === 0 ? variable?.source : undefined;
  return fill({ data, source }, { vars, host, steps: steps + 1 });
}

function valueAt(data: Data | undefined, key: string): Data | undefined {
  const mapping = data === undefined ? undefined : revealData(data);
  if (typeof mapping !== "object" || mapping === null || !Object.hasOwn(mapping, key)) return undefined;
  const value = (mapping as Readonly<Record<string, Data>>)[key];
  return value !== undefined && holdsSecret(data ?? null) ? secret(value) : value;
}

/** Checks what a variable has become. */
function checked(name: string, outcome: Written | Unfilled): Written | Unfilled {
  if ("why" in outcome) return outcome;
  const problem = connectionProblem(name, outcome, { isShown: !holdsSecret(outcome.data) });
  if (problem === undefined) return outcome;
  return { why: `is filled with something else than it expects: ${problem.message}`, hint: problem.hint };
}
