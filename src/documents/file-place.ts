import { fileURLToPath } from "node:url";

/** A place in a file; lines and columns count from 1. */
export interface FilePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Reads the place from a line of a stack trace: `    at name (file:///a/b.ts:3:16)`. */
export function placeOfFrame(frame: string): FilePlace | undefined {
  const [, file, line, column] = /(?:\(|at )((?:file:\/\/)?[^()]+?):(\d+):(\d+)\)?$/.exec(frame.trim()) ?? [];
  if (file === undefined) return undefined;
  const path = file.startsWith("file://") ? fileURLToPath(file) : file;
  return { file: path, line: Number(line), column: Number(column) };
}
