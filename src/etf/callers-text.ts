import { basename, isAbsolute } from "node:path";
import { displayFunction, displayModule } from "./module-name.ts";

/** How many functions a message names. */
const NAMED_CALLERS = 3;

/** A function whose code holds a call, and where that stands, as far as the compiled file tells. */
export interface CallerPlace {
  readonly module: string;
  readonly name: string;
  readonly arity: number;
  readonly file: string | undefined;
  readonly line: number | undefined;
}

/**
 * Names functions of a module for people: `RemoteHealth.check/0 (lib/remote_health.ex:12) and 2 more`;
 * where none is known, the module.
 */
export function callersText(module: string, callers: readonly CallerPlace[]): string {
  if (callers.length === 0) return displayModule(module);
  const named = callers.slice(0, NAMED_CALLERS).map(({ name, arity, file, line }) => {
    const place = file === undefined ? "" : ` (${isAbsolute(file) ? basename(file) : file}:${line})`;
    return `${displayFunction(module, name, arity)}${place}`;
  });
  const more = callers.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
