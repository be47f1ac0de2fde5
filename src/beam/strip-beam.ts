import { writeChunks, type Chunks } from "./iff.ts";

/**
 * The chunks that running does not need: debug information, documentation, the names of local
 * functions, and what the compiler notes about itself, which holds paths of this machine. All
 * others stay, those of releases to come as well: `Line`, so that stack traces have lines, and
 * `Attr`, which code asks for at run time.
 */
const DROPPED_CHUNKS: ReadonlySet<string> = new Set([
  "Abst",
  "CInf",
  "DbgB",
  "Dbgi",
  "Docs",
  "ExCk",
  "ExDc",
  "ExDp",
  "LocT",
]);

/** Writes a `.beam` file as small as it can be shipped. Its md5 as a module stays the same. */
export function stripBeam(chunks: Chunks): Uint8Array {
  return writeChunks(new Map(Array.from(chunks).filter(([name]) => !DROPPED_CHUNKS.has(name))));
}
