import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { thrownText } from "../errors.ts";
import { causesOf } from "./causes-of.ts";
import { DocumentError } from "./document-error.ts";
import type { FilePlace } from "./file-place.ts";
import { expectMistakesOfPlay, placeInPlay } from "./frames-of-play.ts";
import { keepSourceMap, withOriginalNames } from "./original-places.ts";
import { lineAt } from "./position.ts";
import { quote } from "./quote.ts";
import { readSourceFile } from "./read-source-file.ts";
import type { SourceFile } from "./source-file.ts";

/** Options of {@linkcode evaluateModule}. */
export interface EvaluateOptions {
  /**
   * Where the file is.
   *
   * @default its name, from the working directory on
   */
  readonly path?: string;
  /**
   * What modules of these names give the file that imports them, whatever is installed.
   *
   * @default {}
   */
  readonly virtualModules?: Readonly<Record<string, unknown>>;
}

/**
 * Evaluates a TypeScript or JavaScript module and gives what it exports as its default.
 *
 * @throws {DocumentError} if it cannot be parsed, or throws
 */
export async function evaluateModule(
  file: SourceFile,
  { path = file.path, virtualModules = {} }: EvaluateOptions = {},
): Promise<unknown> {
  const absolute = resolve(path);
  // Only those who have such a module wait for this.
  const { createJiti } = await import("jiti");
  const common = { fsCache: false, sourceMaps: true };
  const transpiler = createJiti(pathToFileURL(absolute).href, common);
  const jiti = createJiti(pathToFileURL(absolute).href, {
    ...common,
    transform: (options) => ({
      code: keepSourceMap(
        options.filename ?? absolute,
        transpiler.transform(options),
        options.async === true,
      ),
    }),
    // A module that is loaded again may have been changed.
    moduleCache: false,
    interopDefault: false,
    virtualModules: { ...virtualModules },
  });
  let namespace: unknown;
  try {
    expectMistakesOfPlay();
    namespace = await jiti.import(absolute);
  } catch (error) {
    throw await moduleFailure(file, absolute, error);
  }
  return typeof namespace === "object" && namespace !== null && "default" in namespace
    ? namespace.default
    : undefined;
}

/**
 * Words what a module, or a function of it, has thrown: at the line that its stack names, of the module or of one that
 * it imports.
 *
 * @param absolute where the file is
 */
export async function moduleFailure(
  file: SourceFile,
  absolute: string,
  error: unknown,
): Promise<DocumentError> {
  if (!(error instanceof Error)) {
    return moduleError(file, undefined, `The module cannot be loaded: it throws ${quote(thrownText(error))}`);
  }
  const mistake = syntaxMistake(error);
  const place = mistake?.place ?? placeInPlay(error, absolute);
  const isHere = place === undefined || resolve(place.file) === absolute;
  // A stack may name what is no file.
  const imported = isHere
    ? undefined
    : await readSourceFile(place.file, importedName(file, absolute, place.file)).catch(() => undefined);
  const source = imported ?? file;
  const isKnown = place !== undefined && (isHere || imported !== undefined);
  const said = withOriginalNames(error.message.split("\n", 1)[0] ?? "");
  const messages = mistake ? [mistake.message] : [said, ...causesOf(error)];
  return moduleError(
    source,
    isKnown
      ? { line: place.line, column: mistake ? place.column : firstColumn(source, place.line) }
      : undefined,
    `The module cannot be loaded: ${messages.join(": ")}`,
    imported && `${quote(file.path)} imports it`,
  );
}

/** Makes the error that stands at a place in a module, or at its start. */
export function moduleError(
  file: SourceFile,
  place: Pick<FilePlace, "line" | "column"> | undefined,
  message: string,
  hint?: string,
): DocumentError {
  const { line, column } = place ?? { line: 1, column: 1 };
  return new DocumentError([
    { file: file.path, line, column, message, hint, sourceLine: lineAt(file, line) },
  ]);
}

/** Names a file that a module imports as the module itself was named. */
function importedName({ path }: SourceFile, absolute: string, imported: string): string {
  return join(dirname(path), relative(dirname(absolute), imported));
}

/** Transpiled code keeps its lines but not its columns, so a place in it is the first character of its line. */
function firstColumn(file: SourceFile, line: number): number {
  return Math.max(lineAt(file, line).search(/\S/), 0) + 1;
}

/** Reads what jiti says of code that it cannot parse; its columns count from 0. */
function syntaxMistake({ message }: Error): { message: string; place: FilePlace } | undefined {
  const [, what, file, line, column] = /^ParseError: (.*?)\.?\s*\n\s*(.+):(\d+):(\d+)$/.exec(message) ?? [];
  if (what === undefined || file === undefined) return undefined;
  return { message: what, place: { file, line: Number(line), column: Number(column) + 1 } };
}
