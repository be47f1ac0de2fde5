import { printable } from "./printable.ts";
import { shorten } from "./shorten.ts";
import type {
  PlayVariablesReport,
  ReportedSource,
  ReportedVariable,
  VariablesReport,
} from "./variables-report.ts";

/** Longer values are cut where all variables are listed. */
const LONGEST_VALUE = 100;

/** Writes a variable a line, with where its value comes from. */
export function variablesText({ plays }: VariablesReport): string {
  return sections(plays, ({ variables }) =>
    variables.flatMap(({ name, given: [winner] }) =>
      winner === undefined
        ? []
        : [`${name} = ${shorten(valueText(winner), LONGEST_VALUE)}  (${placeText(winner)})`],
    ),
  );
}

/** Writes all that give one variable, the winner first. */
export function explainedText({ plays }: VariablesReport): string {
  return sections(plays, ({ variables }) => variables.flatMap(explained));
}

function explained({ name, given }: ReportedVariable): string[] {
  return given.map((source, index) => {
    const isAside = source.level === "step";
    const start = index === 0 || isAside ? name : `${" ".repeat(name.length)}`;
    const over = index === 0 || isAside ? "=" : "over";
    return `${start} ${over} ${valueText(source)}  (${placeText(source)}${isAside ? ", in this step alone" : ""})`;
  });
}

function sections(
  plays: readonly PlayVariablesReport[],
  linesOf: (play: PlayVariablesReport) => readonly string[],
): string {
  return plays
    .map((play) => {
      const heading = play.name === null ? [] : [`Play ${play.name}:`];
      const indent = play.name === null ? "" : "  ";
      return [...heading, ...linesOf(play).map((line) => indent + line)]
        .map((line) => `${printable(line)}\n`)
        .join("");
    })
    .join("\n");
}

function valueText({ state, value }: ReportedSource): string {
  if (state === "secret") return "********";
  return state === "unknown" ? "(known only in the run)" : JSON.stringify(value);
}

function placeText({ level, by, file, line }: ReportedSource): string {
  const place = line === null ? file : `${file}:${line}`;
  // The command line is its own place.
  if (level === "extra") return place === "--extra-vars" ? place : `--extra-vars, ${place}`;
  const what = level === "play" ? (by ?? "") : `${level} ${by ?? ""}`;
  return `${what}, ${place}`;
}
