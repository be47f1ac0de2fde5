import { extname } from "node:path";
import { isProgram } from "../programs/is-program.ts";

/** What a file of an inventory is: a program to run, a TypeScript or JavaScript module, or text to read. */
export type SourceKind = "program" | "module" | "text";

const MODULES = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);

/** Tells what a file is. */
export async function sourceKind(path: string): Promise<SourceKind> {
  if (await isProgram(path)) return "program";
  return MODULES.has(extname(path).toLowerCase()) ? "module" : "text";
}
