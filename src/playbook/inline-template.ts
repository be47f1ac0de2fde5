import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import { callerOf } from "./call-site.ts";
import type { Language, Location } from "./playbook.ts";
import type { InlineSource } from "./play-host.ts";
import { templateLocator } from "./template-locator.ts";

/** Where the text of a tagged template stands. */
export interface InlineTemplate {
  /** Where it begins, as far as the engine tells. */
  readonly location: Location | undefined;
  /** Where a character of the code stands; undefined where the template is not found in its file. */
  locate(offset: number): Location | undefined;
}

const TEMPLATE = Symbol.for("fusion-play.template");

/**
 * Makes Elixir code for `eval`: ``elixir`Enum.sum(${numbers})` ``. Each `${…}` is a value, which the code
 * is given as a variable; it never becomes text of the code. Backslashes are those of Elixir.
 *
 * @returns what `eval` takes, in steps and of hosts
 * @throws {FusionPlayError} `TERM_INVALID` for a value that is another template, or undefined
 */
export function elixir(strings: TemplateStringsArray, ...values: readonly Data[]): InlineSource {
  return makeTemplate({ language: "elixir", strings, values, location: callerOf(elixir) });
}

/**
 * Makes Erlang code for `eval`: ``erlang`lists:sum(${numbers})` ``. Each `${…}` is a value, which the code
 * is given as a variable; it never becomes text of the code. Backslashes are those of Erlang.
 *
 * @returns what `eval` takes, in steps and of hosts
 * @throws {FusionPlayError} `TERM_INVALID` for a value that is another template, or undefined
 */
export function erlang(strings: TemplateStringsArray, ...values: readonly Data[]): InlineSource {
  return makeTemplate({ language: "erlang", strings, values, location: callerOf(erlang) });
}

/** The template that made a value for `eval`; undefined of any other value. */
export function inlineTemplateOf(value: unknown): InlineTemplate | undefined {
  return typeof value === "object" && value !== null && TEMPLATE in value
    ? (value[TEMPLATE] as InlineTemplate)
    : undefined;
}

interface Template {
  readonly language: Language;
  readonly strings: TemplateStringsArray;
  readonly values: readonly Data[];
  readonly location: Location | undefined;
}

function makeTemplate({ language, strings, values, location }: Template): InlineSource {
  values.forEach((value, index) => checkValue(value, { index, language, location }));
  const { raw } = strings;
  const names = valueNames(raw, language);
  const source = raw.map((text, index) => text + (names[index] ?? "")).join("");
  const template: InlineTemplate = { location, locate: templateLocator({ raw, names, location }) };
  const bindings = Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
  const code = language === "elixir" ? { elixir: source, bindings } : { erlang: source, bindings };
  return Object.assign(code, { [TEMPLATE]: template });
}

function checkValue(
  value: Data | undefined,
  { index, language, location }: { index: number; language: Language; location: Location | undefined },
): void {
  const what =
    value === undefined
      ? "undefined"
      : inlineTemplateOf(value) === undefined
        ? undefined
        : "another template";
  if (what === undefined) return;
  const place = location === undefined ? "" : ` at ${location.file}:${location.line}`;
  throw new FusionPlayError(
    `Cannot make ${language === "elixir" ? "Elixir" : "Erlang"} code${place}: value ${index + 1} is ${what}`,
    {
      code: "TERM_INVALID",
      hint: "A value is data that Erlang knows, such as a string, a number, a list or an object",
    },
  );
}

/** Names of variables that the code does not have yet, one for each value. */
function valueNames(raw: readonly string[], language: Language): string[] {
  const word = language === "elixir" ? "value" : "Value";
  let prefix = word;
  while (raw.some((text) => text.includes(prefix))) prefix += "_";
  return raw.slice(1).map((_, index) => `${prefix}${index + 1}`);
}
