import { inspect } from "node:util";

/** The text of what was thrown without being an error. */
export function thrownText(thrown: unknown): string {
  return typeof thrown === "string" ? thrown : inspect(thrown);
}
