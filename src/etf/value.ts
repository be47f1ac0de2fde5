import type { Secret } from "../secret.ts";

/**
 * A term as expressions, TypeScript plays and reports see it: plain JavaScript. Atoms and UTF-8
 * binaries are strings, tuples and lists are arrays, maps are objects whose keys are printed. What is not to be
 * shown is a {@linkcode Secret}.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Secret<Value>
  | readonly Value[]
  | { readonly [key: string]: Value };
