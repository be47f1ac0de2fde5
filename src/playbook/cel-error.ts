import { nameHint } from "./name-hint.ts";

/** A mistake in an expression: `offset` counts from the start of its text. */
export interface CelProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint: string | undefined;
  /** The name that is not known, where that is the mistake. */
  readonly unknownName?: string;
}

/** What an error of the CEL package tells. */
export interface CelError extends Error {
  readonly code?: string;
  /** The message without the quoted source. */
  readonly summary?: string;
  readonly range?: { readonly start: number; readonly end: number };
  readonly node?: { readonly op?: string; readonly args?: unknown };
}

/**
 * Says in the words of this project what an error of the CEL package means.
 *
 * @param look evaluates a part of the expression, to name the keys that there are
 */
export function describeCelError(
  error: CelError,
  source: string,
  functionNames: readonly string[],
  look?: (subexpression: string) => unknown,
): CelProblem {
  const { start, end } = error.range ?? { start: 0, end: source.length };
  const text = source.slice(start, end);
  const [message, hint] = explain(error, { source, start, text, functionNames, look });
  return { offset: Math.min(start, source.length), message, hint };
}

interface Place {
  readonly source: string;
  readonly start: number;
  readonly text: string;
  readonly functionNames: readonly string[];
  readonly look: ((subexpression: string) => unknown) | undefined;
}

type Explanation = readonly [message: string, hint?: string | undefined];

function explain(error: CelError, place: Place): Explanation {
  const summary = error.summary ?? error.message;
  switch (error.code) {
    case "unexpected_token":
    case "expected_token":
    case "unexpected_character":
      return explainSyntax(place);
    case "unterminated_string":
    case "unterminated_triple_quoted_string":
    case "newline_in_string":
      return ["The text in quotes is not closed"];
    case "limit_exceeded":
      return ["The expression is too large or too deeply nested"];
    case "reserved_identifier":
      return [`"${place.text}" is a reserved word of CEL`];
    case "no_such_key":
    case "index_out_of_bounds":
      return explainKey(error, summary, place);
    case "unknown_variable":
      return [
        `"${place.text}" has no value`,
        "Run the step that registers it first, or test for it in `when`",
      ];
    case "no_matching_overload":
      return explainCall(summary, place);
    case "no_such_overload":
      return explainOperator(summary);
    case "invalid_condition_type":
    case "invalid_logical_operand":
      return [lowerFirst(summary), "Compare it with something: a condition is true or false"];
    default:
      // An error of our own functions (a bad pattern of `re`), or a rarer one of CEL.
      return [error instanceof RangeError ? "The expression is too deeply nested" : summary];
  }
}

const OPERATOR_WORDS: Readonly<Record<string, string>> = {
  and: "Write && for and",
  or: "Write || for or",
  not: "Write ! for not",
  is: "Write has(vars.name) to ask whether a key is there, == null to ask for null",
  "|": "CEL has no filters: write size(list), or || for or",
  "=": "Write == to compare",
  "{": "An expression stands without braces here",
  $: "An expression stands without ${{ }} here",
};

function explainSyntax({ source, start, text }: Place): Explanation {
  const before = /(\w+)\s*$/.exec(source.slice(0, start))?.[1] ?? "";
  const word = /^\w+/.exec(source.slice(start))?.[0] ?? source[start] ?? "";
  const hint =
    OPERATOR_WORDS[word] ?? (/^\s*\$?\{\{/.test(source) ? OPERATOR_WORDS["$"] : OPERATOR_WORDS[before]);
  if (source.slice(start).trim() === "") {
    return [source.trim() === "" ? "The expression is empty" : "The expression ends too early", hint];
  }
  return [`Unexpected "${word || text}" in the expression`, hint];
}

function explainKey({ node }: CelError, summary: string, { source, look }: Place): Explanation {
  const [receiver, key] = Array.isArray(node?.args) ? (node.args as unknown[]) : [];
  const name = /^No such key: (.*)$/s.exec(summary)?.[1] ?? "";
  const container = receiver === undefined ? undefined : valueOf(receiver, source, look);
  if (Array.isArray(container)) {
    const index = /index (-?\d+)/.exec(name)?.[1] ?? (typeof key === "string" ? `"${key}"` : name);
    return [`no element ${index}: the list has ${container.length}`];
  }
  if (container === null) return [`no key "${name}": the value before it is null`];
  if (typeof container !== "object" || container instanceof Uint8Array) {
    const kind = container === undefined ? "" : `: the value before it is ${describeType(container)}`;
    return [`no key "${name}"${kind}`];
  }
  const keys = container instanceof Map ? [...container.keys()].map(String) : Object.keys(container);
  if (keys.length === 0) return [`no key "${name}": the map is empty`];
  return [`no key "${name}"`, nameHint(name, keys, "The keys there are")];
}

function valueOf(node: unknown, source: string, look: Place["look"]): unknown {
  const { start, end } = node as { start?: number; end?: number };
  if (look === undefined || start === undefined || end === undefined) return undefined;
  try {
    return look(source.slice(start, end));
  } catch {
    // It reads a name that a macro binds; then the keys stay unknown.
    return undefined;
  }
}

function describeType(value: unknown): string {
  if (typeof value === "bigint" || typeof value === "number") return "a number";
  if (typeof value === "string") return "text";
  return value instanceof Uint8Array ? "bytes" : "true or false";
}

function explainCall(summary: string, { functionNames }: Place): Explanation {
  const [, name, args] = /'(?:[^']*\.)?(\w+)\((.*)\)'/.exec(summary) ?? [];
  if (name === undefined) return [summary];
  if (!functionNames.includes(name)) {
    return [`Unknown function "${name}"`, nameHint(name, functionNames, "The functions are")];
  }
  return [`${name}() does not take (${args ?? ""})`];
}

function explainOperator(summary: string): Explanation {
  const [, left, operator, right] = /^no such overload: (\S+) (\S+) (\S+)$/.exec(summary) ?? [];
  if (left === undefined || right === undefined) return [summary];
  const types = [plainType(left), plainType(right)];
  const message = `"${operator}" does not work on ${types[0]} and ${types[1]}`;
  if (operator === "+" && types.includes("string"))
    return [message, "Turn the other one into text: string(x)"];
  if (types.includes("string") && types.some((type) => type === "int" || type === "double")) {
    return [message, "Turn the text into a number: int(x) or double(x)"];
  }
  return [message];
}

function plainType(type: string): string {
  return /^dyn<(.*)>$/.exec(type)?.[1] ?? type;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
