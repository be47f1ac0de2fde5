import { fileURLToPath } from "node:url";

/** Folder of the program, as frames name it. */
const PROGRAM = new URL("../", import.meta.url).href;
const PROGRAM_PATH = fileURLToPath(PROGRAM);

const FRAME = /^ +at (?:async )?(?:.* \()?(?<file>(?:file:\/\/)?\/.*?):\d+:\d+\)?$/;

/** A stack up to its last frame outside of the program: what called a play tells nothing about it. */
export function framesOfPlay(stack: string): string {
  const lines = stack.split("\n");
  const last = lines.findLastIndex((line) => {
    const file = fileOf(line);
    return file !== undefined && !isOurs(file);
  });
  return last === -1 ? stack : lines.slice(0, last + 1).join("\n");
}

/** Whether an error that nobody caught comes from the code of a play or an inventory, by the first frame that can tell. */
export function isMistakeOfPlay(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  for (const line of (error.stack ?? "").split("\n")) {
    const file = fileOf(line);
    if (file === undefined) continue;
    if (isOurs(file)) return false;
    // A package may be one of ours as well as one of theirs.
    if (!file.includes("/node_modules/")) return true;
  }
  return false;
}

function fileOf(line: string): string | undefined {
  return FRAME.exec(line)?.groups?.["file"];
}

function isOurs(file: string): boolean {
  return file.startsWith(PROGRAM) || file.startsWith(PROGRAM_PATH);
}
