import type {
  DryRunEffect,
  DryRunFunction,
  DryRunModule,
  DryRunProblem,
  DryRunStep,
  DryRunUnknownCall,
} from "../engine/dry-run-report.ts";
import { displayFunction, displayModule, isElixirModule } from "../etf/module-name.ts";
import type { Line } from "./line.ts";
import { printable, textLines } from "./printable.ts";

/** Problems of a step that are shown; the report has all. */
const MAX_SHOWN = 20;
/** As much of an md5 as tells files apart by eye. */
const SHORT_MD5 = 8;

/** Writes what of a step is known only by running. */
export function unknownLines(
  { unknown, unknown_calls, unchecked_calls }: DryRunStep,
  indent: string,
): Line[] {
  return [
    ...(unknown === undefined ? [] : [unknown]),
    ...unknownCalls(unknown_calls),
    ...uncheckedCalls(unchecked_calls),
  ].map((text) => unknownLine(text, indent));
}

export function unknownLine(text: string, indent: string): Line {
  return [indent, { text: "Known only by running", style: "yellow" }, `: ${text}`];
}

/** Writes problems: a line for each, and more for what their messages have more. */
export function problemLines(problems: readonly DryRunProblem[], indent: string): Line[] {
  return findingLines(problems, indent, ({ code }) => [{ text: code, style: "red" }]);
}

/** Writes warnings as problems are written. */
export function warningLines(warnings: readonly DryRunProblem[], indent: string): Line[] {
  return findingLines(warnings, indent, ({ code }) => [{ text: `Warning ${code}`, style: "yellow" }]);
}

function findingLines(
  findings: readonly DryRunProblem[],
  indent: string,
  title: (finding: DryRunProblem) => Line,
): Line[] {
  const lines = findings.slice(0, MAX_SHOWN).flatMap((finding): Line[] => {
    const [first = "", ...rest] = textLines(finding.message);
    return [[indent, ...title(finding), `: ${first}`], ...rest.map((line): Line => [`${indent}  ${line}`])];
  });
  const more = findings.length - MAX_SHOWN;
  return more > 0 ? [...lines, [`${indent}… and ${more} more, which the report has`]] : lines;
}

/** Writes which code of the host modules would replace, a line for each. */
export function replacedLines(modules: readonly DryRunModule[], indent: string): Line[] {
  const replaced = modules.flatMap(({ module, replaces = null }) =>
    replaces === null ? [] : [{ module, ...replaces }],
  );
  const lines = replaced.slice(0, MAX_SHOWN).map(({ module, md5, file }): Line => {
    const where = file === null ? "loaded on the host" : `${file} of the host`;
    const text = `: ${displayModule(module)}, ${where}, md5 ${md5.slice(0, SHORT_MD5)}`;
    return [indent, { text: "Replaces", style: "yellow" }, printable(text)];
  });
  const more = replaced.length - MAX_SHOWN;
  return more > 0 ? [...lines, [`${indent}… and ${more} more, which the report has`]] : lines;
}

/** Writes the effects of modules, a line for each: who has it, by calling what. */
export function effectLines(modules: readonly DryRunModule[], indent: string): Line[] {
  const own = modules.flatMap(({ module, own_effects }) => own_effects.map((one) => ({ module, ...one })));
  const effects = Array.from(new Set(own.map(({ effect }) => effect))).filter(
    (effect) => effect !== "dynamic",
  );
  return effects.map((effect): Line => {
    const [first, ...more] = own.filter((one) => one.effect === effect).map(effectText);
    const others = more.length === 0 ? "" : ` and ${more.length} more`;
    return [indent, { text: `Effect ${effect}`, style: "cyan" }, `: ${first}${others}`];
  });
}

function effectText({ module, called, callers }: DryRunEffect & { readonly module: string }): string {
  const [caller] = callers;
  const who =
    caller === undefined
      ? displayModule(module)
      : displayFunction(caller.module, caller.function, caller.arity);
  if (called === null) return `${who} runs when it is loaded`;
  return `${who} calls ${displayFunction(called.module ?? "_", called.function ?? "_", called.arity ?? 0)}`;
}

function unknownCalls(calls: readonly DryRunUnknownCall[]): string[] {
  const unreadable = calls
    .filter(({ callers }) => callers.length === 0)
    .map(({ module }) => displayModule(module));
  const chosen = calls.filter(({ callers }) => callers.length > 0);
  const anyFunction = chosen.filter(({ called }) => called.function === null);
  const anyModule = chosen.filter(({ called }) => called.function !== null);
  return [
    ...(anyFunction.length === 0 ? [] : [`which functions are called by ${callersText(anyFunction)}`]),
    ...(anyModule.length === 0
      ? []
      : [`whose ${calledText(anyModule)} is called by ${callersText(anyModule)}`]),
    ...unreadable.map((module) => `what ${module} calls: its code is newer than what can be read here`),
  ];
}

/** `RemoteHealth.check/0 and 2 more` */
function callersText(calls: readonly DryRunUnknownCall[]): string {
  const names = calls.flatMap(({ callers }) =>
    callers.map(({ module, function: name, arity }) => displayFunction(module, name, arity)),
  );
  return andMore(Array.from(new Set(names)));
}

/** `memory/0, handle/1 and 2 more` */
function calledText(calls: readonly DryRunUnknownCall[]): string {
  return andMore(Array.from(new Set(calls.map(({ called }) => `${called.function}/${called.arity ?? "?"}`))));
}

function andMore(names: readonly string[]): string {
  const [first = "", second, ...rest] = names;
  if (second === undefined) return first;
  return rest.length === 0 ? `${first} and ${second}` : `${first}, ${second} and ${rest.length} more`;
}

function uncheckedCalls(functions: readonly DryRunFunction[]): string[] {
  const [elixir, erlang] = [true, false].map((isElixir) =>
    functions.filter(({ module }) => isElixirModule(module) === isElixir),
  );
  return [...uncheckedOf("Erlang", erlang), ...uncheckedOf("Elixir", elixir)];
}

function uncheckedOf(language: string, functions: readonly DryRunFunction[] = []): string[] {
  if (functions.length === 0) return [];
  const names = functions.map(({ module, function: name, arity }) => displayFunction(module, name, arity));
  return [`whether ${language} has ${andMore(names)}: it is not installed here`];
}
