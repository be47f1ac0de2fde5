import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";

/** Bytes that each piece of work allocated on 2026-11-22, with Node.js 20; 22 and 24 are at most a fifth off. */
const ALLOCATED = {
  "encode a request": 4700,
  "decode a reply": 1050,
  "decode a result": 1450,
  "a call": 22_500,
  "a step": 11_900,
  "a step as NDJSON": 3250,
} as const;
/** What a change may add before somebody has to look at it. */
const TOLERANCE = 1.3;
/** A young generation of this size, in MB, takes everything without a collection in between. */
const YOUNG = 256;

let allocated: Record<keyof typeof ALLOCATED, number>;

beforeAll(async () => {
  const flags = [
    "--expose-gc",
    "--no-opt",
    `--min-semi-space-size=${YOUNG}`,
    `--max-semi-space-size=${YOUNG}`,
    "--import",
    import.meta.resolve("jiti/register"),
  ];
  const program = join(import.meta.dirname, "program.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program]);
  allocated = JSON.parse(stdout) as typeof allocated;
}, 120_000);

test.each(Object.entries(ALLOCATED))("%s allocates hardly more than %i bytes", (name, bytes) => {
  const found = allocated[name as keyof typeof ALLOCATED];
  expect(found).toBeLessThan(bytes * TOLERANCE);
  // Far less would mean that the work was not done, or that something was collected meanwhile.
  expect(found).toBeGreaterThan(bytes / 2);
});
