import { quote } from "../../documents/quote.ts";

type Outcome = { readonly cel: string } | { readonly reason: string };

/** Makes CEL of a value and the arguments, which are CEL already. */
type Translate = (value: string, args: readonly string[]) => Outcome;

const call =
  (name: string): Translate =>
  (value) => ({ cel: `${name}(${/^\([^()]*\)$/.test(value) ? value.slice(1, -1) : value})` });

const method =
  (name: string): Translate =>
  (value, args) => ({ cel: `${value}.${name}(${args.join(", ")})` });

const same: Translate = (value) => ({ cel: value });

/** Only whether a key of a mapping is there can be asked for. */
const isThere: Translate = (value) =>
  /^[\w.[\]"]+\.\w+$/.test(value)
    ? { cel: `has(${value})` }
    : { reason: "Ask with has(vars.name) whether a key is there; results that are registered are null" };

const isAbsent: Translate = (value, args) => {
  const there = isThere(value, args);
  return "cel" in there ? { cel: `!${there.cel}` } : there;
};

const OF_RESULTS: Translate = () => ({
  reason: "There is no such test of results: compare the result itself, or use block and rescue",
});

/** Filters of Jinja and Ansible that CEL has an expression for. */
export const FILTERS: Readonly<Record<string, Translate>> = {
  bool: same,
  count: call("size"),
  d: withDefault,
  default: withDefault,
  first: (value) => ({ cel: `${value}[0]` }),
  float: call("double"),
  int: call("int"),
  join: (value, [separator = '""']) => ({ cel: `${value}.join(${separator})` }),
  length: call("size"),
  list: same,
  lower: method("lowerAscii"),
  mandatory: same,
  string: call("string"),
  trim: method("trim"),
  upper: method("upperAscii"),
};

function withDefault(value: string, args: readonly string[]): Outcome {
  const [other] = args;
  const there = isThere(value, []);
  if (other === undefined || "reason" in there) return { reason: "Write has(vars.name) ? vars.name : other" };
  return { cel: `${there.cel} ? ${value} : ${other}` };
}

/** Filters of Jinja and Ansible that take another form in CEL. */
const OTHER_FORMS: Readonly<Record<string, string>> = {
  json_query: "list.filter(x, …) and list.map(x, …)",
  map: "list.map(x, x.name)",
  reject: 'list.filter(x, !(x == "a"))',
  rejectattr: "list.filter(x, !has(x.name))",
  select: 'list.filter(x, x == "a")',
  selectattr: "list.filter(x, has(x.name))",
};

/** What to do without a filter. */
export function withoutFilter(name: string): string {
  const form = Object.hasOwn(OTHER_FORMS, name) ? OTHER_FORMS[name] : undefined;
  const instead = form === undefined ? "let a function of Erlang or Elixir do it" : `write ${form}`;
  return `There is no filter ${quote(name)}: ${instead}`;
}

/** What Python's `match` looks for at the start of the text only. */
function anchored(pattern: string): string {
  if (!/^"[^^]/.test(pattern)) return pattern;
  return `"^${pattern.slice(1)}`;
}

/** Tests of Jinja and Ansible, as in `is defined`. */
export const TESTS: Readonly<Record<string, Translate>> = {
  changed: OF_RESULTS,
  defined: isThere,
  undefined: isAbsent,
  failed: OF_RESULTS,
  false: (value) => ({ cel: `${value} == false` }),
  match: (value, [pattern = '""']) => ({ cel: `re(${value}, ${anchored(pattern)})` }),
  none: (value) => ({ cel: `${value} == null` }),
  regex: (value, [pattern = '""']) => ({ cel: `re(${value}, ${pattern})` }),
  search: (value, [pattern = '""']) => ({ cel: `re(${value}, ${pattern})` }),
  skipped: OF_RESULTS,
  succeeded: OF_RESULTS,
  success: OF_RESULTS,
  true: (value) => ({ cel: `${value} == true` }),
};

/** Methods of Python's texts that CEL has by another or the same name. */
export const METHODS: Readonly<Record<string, string>> = {
  endswith: "endsWith",
  join: "join",
  lower: "lowerAscii",
  split: "split",
  startswith: "startsWith",
  strip: "trim",
  upper: "upperAscii",
};
