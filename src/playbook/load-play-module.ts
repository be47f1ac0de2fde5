import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { createJiti } from "jiti";
import { DocumentError, type Problem } from "../documents/document-error.ts";
import { lineAt } from "../documents/position.ts";
import { quote } from "../documents/quote.ts";
import { readSourceFile } from "../documents/read-source-file.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { FusionPlayError } from "../errors.ts";
import { locationOfFrame } from "./call-site.ts";
import { objectSource } from "./object-source.ts";
import { isMadePlay } from "./play.ts";
import { playbookApi } from "./playbook-api.ts";
import type { Location, Play } from "./playbook.ts";
import type { Reading } from "./playbook-source.ts";
import { readPlay } from "./read-play.ts";

/**
 * Loads the plays that a TypeScript or JavaScript module exports as its default.
 *
 * @throws {DocumentError} with all mistakes that can be seen without running
 */
export async function loadPlayModule(path: string): Promise<Play[]> {
  const file = await readSourceFile(path);
  const exported = await evaluateModule(file);
  const values: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  if (exported === undefined || values.length === 0) {
    throw moduleError(
      file,
      undefined,
      "The module exports no play",
      'Add: export default play({ hosts: "all", steps: [] })',
    );
  }
  const problems: Problem[] = [];
  const plays = values.map((value) => readExported(file, value, problems));
  if (problems.length > 0) throw new DocumentError(problems);
  return plays.filter((play) => play !== undefined);
}

async function evaluateModule(file: SourceFile): Promise<unknown> {
  const absolute = resolve(file.path);
  const jiti = createJiti(pathToFileURL(absolute).href, {
    fsCache: false,
    // A playbook that is loaded again may have been changed.
    moduleCache: false,
    interopDefault: false,
    // The classes of terms must be those of this process: another copy's would not be recognized.
    virtualModules: { "fusion-play": playbookApi },
  });
  let namespace: unknown;
  try {
    namespace = await jiti.import(absolute);
  } catch (error) {
    throw evaluationError(file, error);
  }
  return typeof namespace === "object" && namespace !== null && "default" in namespace
    ? namespace.default
    : undefined;
}

function readExported(file: SourceFile, value: unknown, problems: Problem[]): Play | undefined {
  const made = isMadePlay(value) ? value : undefined;
  const location = placeIn(file, made?.location);
  const source = objectSource(made === undefined ? value : made.options, location);
  const reading: Reading = { source, problems: [...source.problems] };
  // A value that contains itself was cut off: what is read of it would be wrong a second time.
  const play = reading.problems.length > 0 ? undefined : readPlay(reading, source.root);
  problems.push(...source.placed(reading.problems, lineAt(file, location.line)));
  return play;
}

/**
 * A place in the playbook; the start of it for what was made in another file. Transpiled code keeps its
 * lines but not its columns, so the column is that of `play` in the line, or of its first character.
 */
function placeIn(file: SourceFile, location: Location | undefined): Location {
  const isHere = location !== undefined && resolve(location.file) === resolve(file.path);
  const line = isHere ? location.line : 1;
  const column = Math.max(lineAt(file, line).search(/\bplay\(/), lineAt(file, line).search(/\S/), 0) + 1;
  return { file: file.path, line, column };
}

function evaluationError(file: SourceFile, error: unknown): FusionPlayError {
  if (!(error instanceof Error)) {
    return moduleError(file, undefined, `The module cannot be loaded: it throws ${quote(String(error))}`);
  }
  const mistake = syntaxMistake(error);
  if (mistake !== undefined) {
    const { message, location } = mistake;
    const isHere = resolve(location.file) === resolve(file.path);
    const place = isHere ? "" : ` at ${location.file}:${location.line}:${location.column}`;
    return moduleError(file, location, `The module cannot be loaded: ${message}${place}`);
  }
  const frames = (error.stack ?? "").split("\n").map(locationOfFrame);
  const frame = frames.find((place) => place !== undefined && resolve(place.file) === resolve(file.path));
  const place = frame === undefined ? undefined : placeIn(file, frame);
  return moduleError(file, place, `The module cannot be loaded: ${error.message.split("\n", 1)[0] ?? ""}`);
}

/** Reads what jiti says of code that it cannot parse; its columns count from 0. */
function syntaxMistake({ message }: Error): { message: string; location: Location } | undefined {
  const [, what, file, line, column] = /^ParseError: (.*?)\s*\n\s*(.+):(\d+):(\d+)$/.exec(message) ?? [];
  if (what === undefined || file === undefined) return undefined;
  return { message: what, location: { file, line: Number(line), column: Number(column) + 1 } };
}

function moduleError(
  file: SourceFile,
  location: Location | undefined,
  message: string,
  hint?: string,
): DocumentError {
  const isHere = location !== undefined && resolve(location.file) === resolve(file.path);
  const { line, column } = isHere ? location : { line: 1, column: 1 };
  return new DocumentError([
    { file: file.path, line, column, message, hint, sourceLine: lineAt(file, line) },
  ]);
}
