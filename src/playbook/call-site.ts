import { placeOfFrame } from "../documents/file-place.ts";
import type { Location } from "./playbook.ts";

/** Finds where a function was called from; undefined where the engine does not tell. */
export function callerOf(callee: (...args: never[]) => unknown): Location | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  return placeOfFrame(holder.stack?.split("\n")[1] ?? "");
}
