import { fileURLToPath } from "node:url";
import type { Location } from "./playbook.ts";

/** Finds where a function was called from; undefined where the engine does not tell. */
export function callerOf(callee: (...args: never[]) => unknown): Location | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  return locationOfFrame(holder.stack?.split("\n")[1] ?? "");
}

/** Reads the place from a line of a stack trace: `    at name (file:///a/b.ts:3:16)`. */
export function locationOfFrame(frame: string): Location | undefined {
  const [, file, line, column] = /(?:\(|at )((?:file:\/\/)?[^()]+?):(\d+):(\d+)\)?$/.exec(frame.trim()) ?? [];
  if (file === undefined) return undefined;
  const path = file.startsWith("file://") ? fileURLToPath(file) : file;
  return { file: path, line: Number(line), column: Number(column) };
}
