import { FusionPlayError } from "../errors.ts";
import type { InlineCode, Location } from "../playbook/playbook.ts";
import { INLINE_FILE } from "./inline-module.ts";
import { locateInline, sourceLine, sourcePlace, type SourcePlace } from "./inline-place.ts";

/** Where compilers say that something is: `fusion_play_inline.ex:2:5`, and `2 | code` below it. */
const PLACE = /(?:[^\s"'(]*\/)?fusion_play_inline\.(?:ex|erl)(?::(\d+))?(?::(\d+))?/g;
const MENTIONED_LINE = /\b(at|on) line (\d+)\b/g;
const GUTTER = /^( *)(\d+)( [|│].*)$/;
const MAX_QUOTED = 3;

/**
 * Puts the place in the playbook where a compiler says a place in inline code. Where that is not known,
 * the line within the code is said, and quoted below.
 */
export function placedMessages(text: string, code: InlineCode): string {
  const quoted = new Set<number>();
  const tell = (place: SourcePlace): string => {
    const location = locateInline(code, place);
    if (location !== undefined) return placeText(location, place.column !== undefined);
    quoted.add(place.line);
    const column = place.column === undefined ? "" : `, column ${place.column}`;
    return `${code.location.file}:${code.location.line}, line ${place.line}${column} of the code`;
  };
  const lineOf = (told: string): number => {
    const place = sourcePlace(code, { line: Number(told) });
    return locateInline(code, place)?.line ?? place.line;
  };
  const shown = code.isSecret === true && text.trim() !== "" ? placesOnly(text) : text;
  const lines = shown.split("\n").map((line) =>
    line
      .replace(PLACE, (_, told?: string, column?: string) => {
        const place = { line: Number(told ?? 1), column: column === undefined ? undefined : Number(column) };
        return tell(sourcePlace(code, place));
      })
      .replace(MENTIONED_LINE, (_, word: string, told: string) => `${word} line ${lineOf(told)}`)
      .replace(GUTTER, (_, indent: string, told: string, rest: string) => {
        return `${String(lineOf(told)).padStart(indent.length + told.length)}${rest}`;
      }),
  );
  if (code.isSecret === true) return lines.join("\n");
  const quotes = [...quoted]
    .slice(0, MAX_QUOTED)
    .map((line) => `  ${line} | ${sourceLine(code.source, line)}`);
  return [...lines, ...quotes].join("\n");
}

/** What compilers say shows the code that it is about; of code that was encrypted, only the places are told. */
function placesOnly(text: string): string {
  const places = new Set(text.match(PLACE));
  return [...places, "the code was encrypted, so what the compiler says of it is not shown"].join("\n");
}

/**
 * Finds a value of a template that has not become a variable of the code, going by what the compiler
 * says of variables that are not used.
 *
 * @throws {FusionPlayError} `COMPILE_FAILED`
 */
export function checkTemplateValues(warnings: string, code: InlineCode): void {
  if (!code.isTemplate) return;
  for (const [, name = ""] of warnings.matchAll(/variable ["'](\w+)["'] is unused/g)) {
    const index = code.variables.indexOf(name);
    if (index === -1) continue;
    const location = code.locate(code.source.indexOf(name)) ?? code.location;
    throw new FusionPlayError(
      `Cannot compile the ${code.language === "elixir" ? "Elixir" : "Erlang"} code at ${placeText(location, true)}: value ${index + 1} of the template stands in a text, a comment or a pattern, where it is no variable`,
      { code: "COMPILE_FAILED", hint: HINTS[code.language] },
    );
  }
}

const HINTS = {
  elixir: 'Write #{${…}} inside a text, as in "a #{${name}}", and ^${…} in a pattern',
  erlang: 'Put text and value together in the code, as in [<<"a ">>, ${name}]',
} as const;

function placeText({ file, line, column }: Location, hasColumn: boolean): string {
  return hasColumn ? `${file}:${line}:${column}` : `${file}:${line}`;
}

/** Takes out what the Erlang compiler says of variables that inline code does not use: that is no mistake. */
export function withoutUnusedVariables(text: string): string {
  return text
    .split("\n")
    .filter((line) => !(line.startsWith(INLINE_FILE.erlang) && / variable '\w+' is unused$/.test(line)))
    .join("\n");
}
