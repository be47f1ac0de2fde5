import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Location } from "./playbook.ts";

/** The frame of the caller alone, and not its text, which would take longer to write and to read than a step takes. */
function callerAlone(_error: unknown, [caller]: NodeJS.CallSite[]): NodeJS.CallSite | undefined {
  return caller;
}

/** Finds where a function was called from; undefined where the engine does not tell. */
export function callerOf(callee: (...args: never[]) => unknown): Location | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: NodeJS.CallSite | undefined } = {};
  Error.prepareStackTrace = callerAlone;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, callee);
  // It is made when it is first read.
  const { stack: site } = holder;
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  const file = site?.getFileName();
  const line = site?.getLineNumber();
  const column = site?.getColumnNumber();
  if (file === undefined || file === null || typeof line !== "number" || typeof column !== "number") {
    return undefined;
  }
  return { file: pathOf(file), line, column };
}

let lastUrl = "";
let lastPath = "";

/** The calls of a play are in one file. */
function pathOf(file: string): string {
  if (!file.startsWith("file://")) return file;
  if (file !== lastUrl) {
    lastPath = fileURLToPath(file);
    lastUrl = file;
  }
  return lastPath;
}

/** A place, with its file as the user named it where it is that one. */
export function withFileAs(place: Location, file: string): Location {
  if (place.file === file || !isSameFile(place.file, file)) return place;
  return { file, line: place.line, column: place.column };
}

let lastPair: { readonly path: string; readonly file: string; readonly isSame: boolean } | undefined;

function isSameFile(path: string, file: string): boolean {
  if (lastPair?.path !== path || lastPair.file !== file) {
    lastPair = { path, file, isSame: resolve(path) === resolve(file) };
  }
  return lastPair.isSame;
}
