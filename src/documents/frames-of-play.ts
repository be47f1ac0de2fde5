import { fileURLToPath } from "node:url";
import { placeOfFrame, type FilePlace } from "./file-place.ts";

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

let hasPlayRun = false;

/** Says that code of a play or an inventory runs from now on. */
export function expectMistakesOfPlay(): void {
  hasPlayRun = true;
}

/**
 * Whether what nobody caught comes from the code of a play or an inventory, by the first frame that can tell. Where
 * none can, as of a text that was thrown or of a promise of Node.js, it is that of a play if there is any.
 */
export function isMistakeOfPlay(error: unknown): boolean {
  const files = error instanceof Error ? filesOf(error) : [];
  for (const file of files) {
    if (isOurs(file)) return false;
    // A package may be one of ours as well as one of theirs.
    if (!isOfPackage(file)) return true;
  }
  return hasPlayRun && files.length === 0;
}

/**
 * The place where an error was made: in the file of a play or an inventory, or in one that it imports.
 *
 * @param path of the play or the inventory, which may belong to a package
 */
export function placeInPlay(error: Error, path: string): FilePlace | undefined {
  return (error.stack ?? "")
    .split("\n")
    .filter((line) => fileOf(line) !== undefined)
    .map(placeOfFrame)
    .find((place) => place !== undefined && (place.file === path || isOfPlay(place.file)));
}

function filesOf({ stack = "" }: Error): string[] {
  return stack
    .split("\n")
    .map(fileOf)
    .filter((file) => file !== undefined);
}

function isOfPlay(file: string): boolean {
  return !isOurs(file) && !isOfPackage(file);
}

function isOfPackage(file: string): boolean {
  return file.includes("/node_modules/");
}

function fileOf(line: string): string | undefined {
  return FRAME.exec(line)?.groups?.["file"];
}

function isOurs(file: string): boolean {
  return file.startsWith(PROGRAM) || file.startsWith(PROGRAM_PATH);
}
