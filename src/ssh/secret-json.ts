import { Secret, secret } from "../secret.ts";

const KEY = "$secret";

/** Writes what may hold secrets, as they are: for what nobody else reads, and for digests. */
export function revealedJson(value: unknown): string {
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, name, told: unknown) {
    // What is handed over as the value is its text, which is the same for all.
    const given = this[name];
    return given instanceof Secret ? { [KEY]: given.reveal() } : told;
  });
}

/** Reads what {@linkcode revealedJson} wrote: secrets are secrets again. */
export function readRevealed(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => (isWritten(value) ? secret(value[KEY]) : value));
}

function isWritten(value: unknown): value is Readonly<Record<typeof KEY, string>> {
  return (
    typeof value === "object" && value !== null && typeof (value as { [KEY]?: unknown })[KEY] === "string"
  );
}
