/**
 * A term as expressions, TypeScript plays and reports see it: plain JavaScript. Atoms and UTF-8
 * binaries are strings, tuples and lists are arrays, maps are objects whose keys are printed.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };
