import { Environment, type ASTNode, type ParseResult } from "@marcbachmann/cel-js";
import { describeCelError, type CelError, type CelProblem } from "./cel-error.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { quote } from "../documents/quote.ts";
import { loadRe2 } from "../documents/seldom-used.ts";
import { listNames } from "./name-hint.ts";

/** What CEL works on. Integers are bigints, floats are numbers. */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly CelValue[]
  | { readonly [key: string]: CelValue };

export interface CelProgram {
  /** The names that it reads. */
  readonly names: ReadonlySet<string>;
  /** Name, keys and indexes of an expression that only names a place, such as `health.items[0]`. */
  readonly path: readonly [string, ...(string | number)[]] | undefined;
  /** Variables that evaluation reads for certain, so that one that is missing is an error. */
  readonly required: readonly RequiredName[];
  /** Names of the other variables in it: nothing need give them. */
  readonly optional: readonly string[];
  /** Type of the result as far as it is known: `bool`, `int`, `dyn` … */
  readonly type: string;
  /** Runs it; a problem is what went wrong with these values. */
  evaluate(values: Readonly<Record<string, CelValue>>): { value: CelValue } | { problem: CelProblem };
}

/** A `vars.name` in an expression. */
export interface RequiredName {
  readonly name: string;
  /** Of the name, from the start of the expression. */
  readonly offset: number;
}

/** Longer expressions could exhaust the stack of the parser, which recurses. */
const LONGEST_SOURCE = 4096;

/** Macros that bind their first argument as a name: `items.all(x, x > 0)`. */
const BINDING_MACROS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** Made when it is asked for first. */
const environment: () => Environment = once(createEnvironment);
const functionNames: () => readonly string[] = once(() => {
  const names = environment()
    .getDefinitions()
    .functions.map(({ name }) => name);
  return [...new Set(names)].filter((name) => name !== "matches");
});

/** Words that CEL gives a meaning: no variable can have such a name. */
export function isCelWord(name: string): boolean {
  if (["true", "false", "null", "in"].includes(name) || environment().hasVariable(name)) return true;
  try {
    environment().parse(name);
    return false;
  } catch {
    return true;
  }
}

/** Parses and checks an expression that may read `known` names. All unknown names are reported. */
export function compileCel(
  source: string,
  known: readonly string[],
): { program: CelProgram } | { problems: readonly CelProblem[] } {
  if (source.length > LONGEST_SOURCE) {
    return { problems: [problem(0, `The expression is longer than ${LONGEST_SOURCE} characters`)] };
  }
  let parsed: ParseResult;
  try {
    parsed = environment().parse(source);
  } catch (error) {
    return { problems: [describeCelError(error as CelError, source, functionNames())] };
  }
  const names = new Set<string>();
  const problems = [...problemsOfNode(parsed.ast, { known, bound: new Set(), names })];
  if (problems.length > 0) return { problems };
  const checked = parsed.check();
  if (!checked.valid) {
    return { problems: [describeCelError(checked.error as CelError, source, functionNames())] };
  }
  const required = [...requiredBy(parsed.ast, source)];
  return {
    program: {
      names,
      path: pathOf(parsed.ast),
      required,
      optional: [...variablesIn(parsed.ast)].filter((name) => !required.some((other) => other.name === name)),
      type: checked.type ?? "dyn",
      evaluate: (values) => evaluate(parsed, source, values),
    },
  };
}

function once<Value>(make: () => Value): () => Value {
  let value: Value | undefined;
  return () => (value ??= make());
}

function createEnvironment(): Environment {
  const created = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 2000, maxDepth: 50 },
  });
  created.registerFunction("re(string, string): bool", (text: string, pattern: string) =>
    loadRe2().RE2JS.compile(pattern).matcher(text).find(),
  );
  created.registerFunction("range(int): list", (end: bigint) => range(0n, end, 1n));
  created.registerFunction("range(int, int): list", (start: bigint, end: bigint) => range(start, end, 1n));
  created.registerFunction("range(int, int, int): list", range);
  // CEL has no arithmetic between integers and floats, but whoever reads a measurement from a host
  // cannot know which of the two it will be.
  const arithmetic: Record<string, (left: number, right: number) => number> = {
    "+": (left, right) => left + right,
    "-": (left, right) => left - right,
    "*": (left, right) => left * right,
    "/": (left, right) => left / right,
  };
  for (const [operator, apply] of Object.entries(arithmetic)) {
    const handler = (left: number | bigint, right: number | bigint): number =>
      apply(Number(left), Number(right));
    created.registerOperator(`int ${operator} double: double`, handler);
    created.registerOperator(`double ${operator} int: double`, handler);
  }
  return created;
}

/** More numbers than any loop goes through. */
const LONGEST_RANGE = 100_000n;

/** The numbers from `start` to before `end`, as in Python. */
function range(start: bigint, end: bigint, step: bigint): bigint[] {
  if (step === 0n) throw new Error("the step of a range cannot be 0");
  const length = (end - start + step + (step > 0n ? -1n : 1n)) / step;
  if (length > LONGEST_RANGE) throw new Error(`a range of ${length} numbers is longer than ${LONGEST_RANGE}`);
  return Array.from({ length: Math.max(0, Number(length)) }, (_, index) => start + BigInt(index) * step);
}

interface Names {
  readonly known: readonly string[];
  /** Names bound by a macro around the node. */
  readonly bound: ReadonlySet<string>;
  /** Collects the names that are read. */
  readonly names: Set<string>;
}

function* problemsOfNode(node: ASTNode, context: Names): Generator<CelProblem> {
  if (node.op === "id") {
    yield* problemsOfName(node.args, node.start, context);
    return;
  }
  if (node.op === "rcall" && node.args[0] === "matches") {
    yield problem(
      node.start,
      "matches() is not offered: a pattern could keep it busy for ever",
      'Write re(text, "pattern")',
    );
    return;
  }
  if (node.op === "call" && node.args[0] === "re") yield* problemsOfPattern(node.args[1][1]);
  const [bindings, inner] = bindingsOf(node);
  for (const child of childrenOf(node)) {
    if (bindings.includes(child)) continue;
    const isInner = inner.includes(child);
    const bound = isInner ? new Set([...context.bound, ...bindings.map(nameOf)]) : context.bound;
    yield* problemsOfNode(child, { ...context, bound });
  }
}

function* problemsOfName(
  name: string,
  offset: number,
  { known, bound, names }: Names,
): Generator<CelProblem> {
  if (bound.has(name) || environment().hasVariable(name)) return;
  if (known.includes(name)) {
    names.add(name);
    return;
  }
  const unknown = problem(offset, `Unknown name ${quote(name)}`, hintOfName(name, known));
  yield { ...unknown, unknownName: name };
}

function hintOfName(name: string, known: readonly string[]): string | undefined {
  if (Object.hasOwn(OTHER_NAMES, name)) return OTHER_NAMES[name];
  const swapped = known.find((other) => sorted(other) === sorted(name));
  const nearest = swapped === undefined ? didYouMean(name, known) : `Did you mean ${quote(swapped)}?`;
  if (nearest !== undefined || !known.includes("vars")) return nearest;
  return `The names here are ${listNames(known)}; a variable is written vars.${name}`;
}

/** Letters of a name in order, as a swap of two is the commonest mistake in a short one. */
function sorted(name: string): string {
  return Array.from(name).toSorted().join("");
}

/** Literals of Python and Elixir, and names of Ansible. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  True: "Write true",
  False: "Write false",
  None: "Write null",
  nil: "Write null",
  ansible_failed_result: "Write failed_result, below rescue of a block",
  ansible_failed_task: "Write failed_step, below rescue of a block",
  ansible_host: "Write host.address",
  ansible_facts: "Write facts, with gather_facts: true in the play",
  facts: "Write gather_facts: true in the play",
  failed_result: "It is known below rescue of a block",
  failed_step: "It is known below rescue of a block",
  group_names: "Write host.groups",
  inventory_hostname: "Write host.name",
  item: "It is known in a step with loop",
};

function* problemsOfPattern(pattern: ASTNode | undefined): Generator<CelProblem> {
  if (pattern?.op !== "value" || typeof pattern.args !== "string") return;
  try {
    loadRe2().RE2JS.compile(pattern.args);
  } catch (error) {
    yield problem(pattern.start, `Invalid regular expression: ${(error as Error).message}`);
  }
}

/** The nodes whose text is a name that the node binds, and those in which it may be used. */
function bindingsOf(node: ASTNode): [bindings: ASTNode[], inner: ASTNode[]] {
  if (node.op !== "rcall") return [[], []];
  const [name, receiver, args] = node.args;
  const [first, ...rest] = args;
  if (first?.op !== "id") return [[], []];
  if (BINDING_MACROS.has(name) && rest.length > 0) return [[first], rest];
  if (name === "bind" && receiver.op === "id" && receiver.args === "cel") return [[first], rest.slice(1)];
  return [[], []];
}

function nameOf(node: ASTNode): string {
  return node.op === "id" ? node.args : "";
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "list":
      return node.args;
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return node.args;
  }
}

/**
 * Finds each `vars.name` that is read whatever the values are. Not what a condition, `&&` or `||` decides
 * about, the body of a macro, or what `has` and `.?` ask for.
 */
function* requiredBy(node: ASTNode, source: string): Generator<RequiredName> {
  switch (node.op) {
    case "&&":
    case "||":
    case ".?":
    case "[?]":
      return;
    case "?:":
      yield* requiredBy(node.args[0], source);
      return;
    case "call":
      if (node.args[0] === "has") return;
      break;
    case "rcall": {
      const [bindings] = bindingsOf(node);
      if (bindings.length > 0) {
        yield* requiredBy(node.args[1], source);
        return;
      }
      break;
    }
    case ".": {
      const [receiver, name] = node.args;
      if (isVars(receiver)) {
        yield { name, offset: Math.max(source.indexOf(name, receiver.start + "vars".length), 0) };
        return;
      }
      break;
    }
    default:
  }
  for (const child of childrenOf(node)) yield* requiredBy(child, source);
}

/** Finds each `vars.name` and `"name" in vars`, read or not. */
function* variablesIn(node: ASTNode): Generator<string> {
  if (node.op === ".") {
    const [receiver, name] = node.args;
    if (isVars(receiver)) yield name;
  } else if (node.op === "in") {
    const [key, receiver] = node.args;
    if (isVars(receiver) && key.op === "value" && typeof key.args === "string") yield key.args;
  }
  for (const child of childrenOf(node)) yield* variablesIn(child);
}

function isVars(node: ASTNode): boolean {
  return node.op === "id" && node.args === "vars";
}

function pathOf(node: ASTNode): [string, ...(string | number)[]] | undefined {
  if (node.op === "id") return environment().hasVariable(node.args) ? undefined : [node.args];
  if (node.op !== "." && node.op !== "[]") return undefined;
  const start = pathOf(node.args[0]);
  if (start === undefined) return undefined;
  if (node.op === ".") return [...start, node.args[1]];
  const key = node.args[1];
  if (key.op !== "value") return undefined;
  if (typeof key.args === "string") return [...start, key.args];
  return typeof key.args === "bigint" ? [...start, Number(key.args)] : undefined;
}

function evaluate(
  parsed: ParseResult,
  source: string,
  values: Readonly<Record<string, CelValue>>,
): { value: CelValue } | { problem: CelProblem } {
  try {
    return { value: plainResult(parsed(values)) };
  } catch (error) {
    const described = describeCelError(error as CelError, source, functionNames(), (subexpression) =>
      environment().evaluate(subexpression, values),
    );
    return { problem: described };
  }
}

/** Turns what only CEL knows (times, durations) into text; its types are no values. */
function plainResult(result: unknown): CelValue {
  if (result === null || typeof result !== "object") return result as CelValue;
  if (result instanceof Uint8Array) return result;
  if (result instanceof Date) return result.toISOString();
  if (Array.isArray(result)) return result.map(plainResult);
  if (result instanceof Map) return plainResult(Object.fromEntries(result));
  if (isRecord(result)) {
    return Object.fromEntries(Object.entries(result).map(([key, item]) => [key, plainResult(item)]));
  }
  const primitive: unknown = result.valueOf();
  return typeof primitive === "bigint" ? primitive : (result as { toString(): string }).toString();
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function problem(offset: number, message: string, hint?: string): CelProblem {
  return { offset, message, hint };
}
