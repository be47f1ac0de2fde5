import { compileCel } from "../cel.ts";
import { PLAY_NAMES, RESCUE_NAMES, STEP_NAMES } from "../names.ts";
import { celFact, celName } from "./jinja-names.ts";
import { FILTERS, METHODS, TESTS, withoutFilter } from "./jinja-functions.ts";
import { jinjaTokens, type JinjaToken } from "./jinja-tokens.ts";

/** An expression of Jinja in CEL, or why there is none that means the same. */
export type Translation = { readonly cel: string } | { readonly reason: string };

/** Longer expressions and deeper ones are nothing that somebody wants to read translated. */
const LONGEST = 500;
const DEEPEST = 20;

/**
 * Translates an expression of Jinja, as far as CEL can say the same.
 *
 * @param names names that tasks of the playbook register or give to items, and what they are called here
 */
export function jinjaToCel(source: string, names: ReadonlyMap<string, string>): Translation {
  const tokens = source.length > LONGEST ? undefined : jinjaTokens(source);
  if (tokens === undefined) return { reason: OTHER };
  const reading: Reading = { tokens, at: 0, depth: 0, names, reason: undefined };
  const { cel } = readChoice(reading);
  if (reading.reason === undefined && reading.at < tokens.length) refuse(reading, OTHER);
  if (reading.reason !== undefined) return { reason: reading.reason };
  const known = [...PLAY_NAMES, ...STEP_NAMES, ...RESCUE_NAMES, "facts", "item", ...names.values()];
  return "program" in compileCel(cel, known) ? { cel } : { reason: OTHER };
}

const OTHER = "Write it in CEL, or let a function of Erlang or Elixir do it";

interface Reading {
  readonly tokens: readonly JinjaToken[];
  readonly names: ReadonlyMap<string, string>;
  at: number;
  depth: number;
  /** Why it cannot be translated; then all that is read is thrown away. */
  reason: string | undefined;
}

/** A part of an expression: `isSimple` if nothing has to stand around it in a larger one. */
interface Part {
  readonly cel: string;
  readonly isSimple: boolean;
}

const simple = (cel: string): Part => ({ cel, isSimple: true });
const compound = (cel: string): Part => ({ cel, isSimple: false });
const grouped = ({ cel, isSimple }: Part): string => (isSimple ? cel : `(${cel})`);

function refuse(reading: Reading, reason: string): Part {
  reading.reason ??= reason;
  reading.at = reading.tokens.length;
  return simple("null");
}

function peek({ tokens, at }: Reading): string | undefined {
  const token = tokens[at];
  return token === undefined || token.type === "text" ? undefined : token.text;
}

function take(reading: Reading, ...texts: readonly string[]): string | undefined {
  const text = peek(reading);
  if (text === undefined || !texts.includes(text)) return undefined;
  reading.at++;
  return text;
}

function expect(reading: Reading, text: string): void {
  if (take(reading, text) === undefined) refuse(reading, OTHER);
}

/** `a if c else b`. */
function readChoice(reading: Reading): Part {
  if (++reading.depth > DEEPEST) return refuse(reading, OTHER);
  const value = readOr(reading);
  let result = value;
  if (take(reading, "if") !== undefined) {
    const condition = readOr(reading);
    expect(reading, "else");
    result = compound(`${grouped(condition)} ? ${grouped(value)} : ${grouped(readChoice(reading))}`);
  }
  reading.depth--;
  return result;
}

function readOr(reading: Reading): Part {
  const parts = [readAnd(reading)];
  while (take(reading, "or") !== undefined) parts.push(readAnd(reading));
  return joined(parts, " || ");
}

function readAnd(reading: Reading): Part {
  const parts = [readNot(reading)];
  while (take(reading, "and") !== undefined) parts.push(readNot(reading));
  return joined(parts, " && ");
}

function joined(parts: readonly Part[], operator: string): Part {
  const [first = simple("null")] = parts;
  return parts.length === 1 ? first : compound(parts.map(operand).join(operator));
}

/** Comparisons bind closer than && and ||, so they need no parentheses there. */
function operand(part: Part): string {
  return / (?:&&|\|\||\?) /.test(part.cel) ? grouped(part) : part.cel;
}

function readNot(reading: Reading): Part {
  if (take(reading, "not") === undefined) return readComparison(reading);
  if (++reading.depth > DEEPEST) return refuse(reading, OTHER);
  const part = readNot(reading);
  reading.depth--;
  return negated(part);
}

function negated(part: Part): Part {
  return simple(`!${grouped(part)}`);
}

function readComparison(reading: Reading): Part {
  const left = readSum(reading);
  const operator = take(reading, "==", "!=", "<", "<=", ">", ">=");
  if (operator !== undefined) {
    return compound(`${grouped(left)} ${operator} ${grouped(readSum(reading))}`);
  }
  if (take(reading, "in") !== undefined) return isIn(left, readSum(reading));
  if (peek(reading) === "not" && reading.tokens[reading.at + 1]?.text === "in") {
    reading.at += 2;
    return negated(isIn(left, readSum(reading)));
  }
  return take(reading, "is") === undefined ? left : readTest(reading, left);
}

/** Of a text, CEL asks in another way whether something is in it; the output of a program is one. */
function isIn(item: Part, container: Part): Part {
  if (/^\w+\[0\]$/.test(container.cel)) return simple(`${container.cel}.contains(${item.cel})`);
  return compound(`${grouped(item)} in ${grouped(container)}`);
}

/** `is defined`, `is not none`, `is match("…")`. */
function readTest(reading: Reading, left: Part): Part {
  const isNot = take(reading, "not") !== undefined;
  const name = readName(reading);
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (test === undefined) return refuse(reading, `There is no test "is ${name}" here`);
  const args = take(reading, "(") === undefined ? [] : readList(reading, ")");
  const translated = test(grouped(left), args);
  if ("reason" in translated) return refuse(reading, translated.reason);
  const part = { cel: translated.cel, isSimple: /^[\w.]+\(/.test(translated.cel) };
  return isNot ? negated(part) : part;
}

function readSum(reading: Reading): Part {
  let left = readProduct(reading);
  let isText = false;
  for (;;) {
    const operator = take(reading, "+", "-", "~");
    if (operator === undefined) return left;
    const right = readProduct(reading);
    left =
      operator === "~"
        ? compound(`${isText ? left.cel : asText(left)} + ${asText(right)}`)
        : compound(`${grouped(left)} ${operator} ${grouped(right)}`);
    isText = operator === "~";
  }
}

function asText(part: Part): string {
  return /^(?:"[^"]*"|string\(.*\))$/.test(part.cel) ? part.cel : `string(${part.cel})`;
}

function readProduct(reading: Reading): Part {
  let left = readFiltered(reading);
  for (;;) {
    const operator = take(reading, "*", "/", "%");
    if (operator === undefined) return left;
    left = compound(`${grouped(left)} ${operator} ${grouped(readFiltered(reading))}`);
  }
}

function readFiltered(reading: Reading): Part {
  const isNegative = take(reading, "-") !== undefined;
  let part = readPlace(reading);
  while (take(reading, "|") !== undefined) {
    const name = readName(reading);
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (filter === undefined) return refuse(reading, withoutFilter(name));
    const args = take(reading, "(") === undefined ? [] : readList(reading, ")");
    const translated = filter(grouped(part), args);
    if ("reason" in translated) return refuse(reading, translated.reason);
    part = { cel: translated.cel, isSimple: !translated.cel.startsWith("has(") };
  }
  return isNegative ? compound(`-${grouped(part)}`) : part;
}

/** A value with what is taken from it: `a.b["c"][0].split(",")`. */
function readPlace(reading: Reading): Part {
  let part = readValue(reading);
  for (;;) {
    if (take(reading, "[") !== undefined) {
      const key = readChoice(reading);
      expect(reading, "]");
      part = simple(`${grouped(part)}[${key.cel}]`);
    } else if (take(reading, ".") !== undefined) part = readMember(reading, part);
    else return part;
  }
}

function readMember(reading: Reading, part: Part): Part {
  const name = readName(reading);
  if (/^\d+$/.test(name)) return simple(`${grouped(part)}[${name}]`);
  if (take(reading, "(") !== undefined) {
    const args = readList(reading, ")");
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    if (method === undefined) return refuse(reading, `There is no method ${name}() here`);
    return simple(`${grouped(part)}.${method}(${args.join(", ")})`);
  }
  if (part.cel === "failed_result" && name === "msg") return simple("failed_result.message");
  if (part.cel === "item" || !reading.names.has(part.cel)) return simple(`${grouped(part)}.${name}`);
  const member = OF_PROGRAMS[name];
  if (member !== undefined) return simple(`${part.cel}${member}`);
  const reason = Object.hasOwn(OF_TASKS, name) ? OF_TASKS[name] : undefined;
  return reason === undefined ? simple(`${part.cel}.${name}`) : refuse(reading, reason);
}

/** What `System.cmd` gives in the place of the results of Ansible's `command`. */
const OF_PROGRAMS: Readonly<Record<string, string>> = { stdout: "[0]", rc: "[1]" };

const OF_COMMAND = "A registered name is what the function gave: of System.cmd, name[0] is the output";
const OF_URI =
  "A registered name is what the function gave: of httpc:request, name[1][0][1] is the status, name[1][2] the body";
const OF_STAT = "A registered name is what the function gave: of filelib:is_regular, true or false";

/** Why results of Ansible's modules have no other name here. */
const OF_TASKS: Readonly<Record<string, string>> = {
  changed: OF_COMMAND,
  content: OF_URI,
  failed: OF_COMMAND,
  json: OF_URI,
  results: "A loop registers the list of its results: name[0] is the first",
  skipped: OF_COMMAND,
  stat: OF_STAT,
  status: OF_URI,
  stderr: OF_COMMAND,
  stderr_lines: OF_COMMAND,
  stdout_lines: OF_COMMAND,
};

function readValue(reading: Reading): Part {
  const token = reading.tokens[reading.at];
  if (token === undefined) return refuse(reading, OTHER);
  reading.at++;
  if (token.type === "text") return simple(JSON.stringify(token.text));
  if (token.type === "number") return simple(token.text);
  if (token.type === "name") return readNamed(reading, token.text);
  if (token.text === "[") return simple(`[${readList(reading, "]").join(", ")}]`);
  if (token.text !== "(") return refuse(reading, OTHER);
  const inside = readChoice(reading);
  expect(reading, ")");
  return inside.isSimple ? inside : simple(`(${inside.cel})`);
}

function readNamed(reading: Reading, name: string): Part {
  if (peek(reading) === "(") return refuse(reading, reasonOfCall(name));
  if (name === "omit") return refuse(reading, "There is no omit: leave the value out, or give a default");
  const fact = name === "ansible_facts" ? readFactName(reading) : undefined;
  const translated = fact === undefined ? celName(name, reading.names) : celFact(fact);
  return "cel" in translated
    ? { cel: translated.cel, isSimple: !translated.cel.includes(" ") }
    : refuse(reading, translated.reason);
}

/** The name after `ansible_facts`, as `.name` or `["name"]`. */
function readFactName(reading: Reading): string {
  if (take(reading, ".") !== undefined) return readName(reading).replace(/^ansible_/, "");
  expect(reading, "[");
  const name = reading.tokens[reading.at++]?.text ?? "";
  expect(reading, "]");
  return name.replace(/^ansible_/, "");
}

function reasonOfCall(name: string): string {
  if (!["lookup", "query", "q"].includes(name)) return `There is no function ${name}() here`;
  return "There are no lookups: give values with vars_files or --extra-vars, or make the play in TypeScript";
}

/** The parts of a list up to what ends it. */
function readList(reading: Reading, end: string): string[] {
  const items: string[] = [];
  while (take(reading, end) === undefined) {
    if (reading.at >= reading.tokens.length) {
      refuse(reading, OTHER);
      break;
    }
    items.push(readChoice(reading).cel);
    if (peek(reading) !== end) expect(reading, ",");
  }
  return items;
}

function readName(reading: Reading): string {
  const token = reading.tokens[reading.at++];
  if (token?.type === "name" || token?.type === "number") return token.text;
  refuse(reading, OTHER);
  return "";
}
