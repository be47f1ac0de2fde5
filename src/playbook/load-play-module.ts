import { resolve } from "node:path";
import { causesOf } from "../documents/causes-of.ts";
import { DocumentError, type Problem } from "../documents/document-error.ts";
import { evaluateModule, moduleError } from "../documents/evaluate-module.ts";
import { framesOfPlay } from "../documents/frames-of-play.ts";
import { withOriginalPlaces } from "../documents/original-places.ts";
import { lineAt } from "../documents/position.ts";
import { readSourceFile } from "../documents/read-source-file.ts";
import type { SourceFile } from "../documents/source-file.ts";
import type { Data } from "../etf/data.ts";
import { objectSource } from "./object-source.ts";
import type { ImportKeys } from "./import-keys.ts";
import type { StepsFunction } from "./play-host.ts";
import { isMadePlay } from "./play.ts";
import { playbookApi } from "./playbook-api.ts";
import type { Location, Play } from "./playbook.ts";
import { namesRegisteredIn, type ExtraVariables, type Reading } from "./playbook-source.ts";
import { readPlay } from "./read-play.ts";
import { readStepFiles } from "./step-files.ts";
import { readVariablesFiles } from "./variables-files.ts";
import type { Keys } from "../secrets/keys.ts";

/** What the plays of a module are read with. */
export interface ModuleContext {
  readonly keys: Keys;
  /** Names that steps have registered before; gets those of the module. */
  readonly registered: Set<string>;
  /** What the imports say that lead to the module. */
  readonly imported: ImportKeys;
  /** What stands above all variables of the module. */
  readonly extraVars: ExtraVariables;
}

/**
 * Loads the plays that a TypeScript or JavaScript module exports as its default; gives them with its text.
 *
 * @throws {DocumentError} with all mistakes that can be seen without running
 */
export async function loadPlayModule(
  path: string,
  context: ModuleContext,
): Promise<{ text: string; plays: Play[] }> {
  const file = await readSourceFile(path);
  // The classes of terms must be those of this process: another copy's would not be recognized.
  const exported = await evaluateModule(file, { virtualModules: { "fusion-play": playbookApi } });
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
  const plays: (Play | undefined)[] = [];
  for (const value of values) plays.push(await readExported(file, value, { ...context, problems }));
  if (problems.length > 0) throw new DocumentError(problems);
  return { text: file.text, plays: plays.filter((play) => play !== undefined) };
}

async function readExported(
  file: SourceFile,
  value: unknown,
  { keys, registered, imported, extraVars, problems }: ModuleContext & { readonly problems: Problem[] },
): Promise<Play | undefined> {
  if (typeof value === "function" || value === undefined) {
    const what = value === undefined ? "nothing" : "a function";
    const hint = 'Export what play() gives: export default play({ hosts: "all", steps: [] })';
    problems.push(
      ...moduleError(file, undefined, `A play expects a mapping with "hosts" and "steps", got ${what}`, hint)
        .problems,
    );
    return undefined;
  }
  const made = isMadePlay(value) ? value : undefined;
  const location = placeIn(file, made?.location);
  const given = made === undefined ? value : made.options;
  keys.secrets.addSecretsIn(given as Data);
  const source = objectSource(given, location);
  const sourceLine = lineAt(file, location.line);
  // A value that contains itself was cut off: what is read of it would be wrong a second time.
  if (source.problems.length > 0) {
    problems.push(...source.placed(source.problems, sourceLine));
    return undefined;
  }
  const read = await readVariablesFiles(source, [source.root], keys);
  const steps = await readStepFiles(source, source.root, keys);
  const reading: Reading = {
    source,
    problems: [...read.problems, ...steps.problems],
    stepFiles: steps.files,
    problemsInFiles: steps.problemsInFiles,
    variablesFiles: read.files,
    registered,
    registeredAnywhere: new Set(namesRegisteredIn(source.root)),
    extraVars,
    hide: (data) => keys.secrets.addResult(data, undefined),
    required: [],
  };
  const play = readPlay(reading, source.root, imported);
  problems.push(
    ...source.placed(reading.problems, sourceLine),
    ...read.problemsInFiles,
    ...reading.problemsInFiles,
  );
  return typeof play?.steps === "function" ? { ...play, steps: withTraces(play.steps) } : play;
}

/** Errors that tell the places. */
const traced = new WeakSet<Error>();

/** A function whose errors tell the places in the files that people have written, and their causes. */
function withTraces(steps: StepsFunction): StepsFunction {
  return async (host) => {
    try {
      await steps(host);
    } catch (error) {
      // Hosts may fail with the same error, of a promise that they share.
      if (error instanceof Error && error.stack !== undefined && !traced.has(error)) {
        traced.add(error);
        const causes = causesOf(error).map((cause) => `\n    caused by: ${cause}`);
        // What is thrown may be frozen.
        Reflect.set(error, "stack", withOriginalPlaces(framesOfPlay(error.stack)) + causes.join(""));
      }
      throw error;
    }
  };
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
