import { resolve } from "node:path";
import { placeOfFrame } from "../documents/file-place.ts";
import type { Location } from "./playbook.ts";

/** Finds where a function was called from; undefined where the engine does not tell. */
export function callerOf(callee: (...args: never[]) => unknown): Location | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  return placeOfFrame(holder.stack?.split("\n")[1] ?? "");
}

/** A place, with its file as the user named it where it is that one. */
export function withFileAs(place: Location, file: string): Location {
  return resolve(place.file) === resolve(file) ? { ...place, file } : place;
}
