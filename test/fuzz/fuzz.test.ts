import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { mutated, randomOf } from "./mutation.ts";
import { targets, type Target } from "./targets.ts";

// Millions of inputs in a nightly run: see "npm run fuzz".
vi.setConfig({ testTimeout: 12 * 3600 * 1000 });

const { FUSION_FUZZ_INPUTS = "200000", FUSION_TEST_SEED = "20261121" } = process.env;
const inputs = Number(FUSION_FUZZ_INPUTS);
const seed = FUSION_TEST_SEED === "random" ? Date.now() % 2 ** 32 : Number(FUSION_TEST_SEED);

/** Of processor time: no input of some kilobytes should take a tenth of it, on the slowest machine. */
const MOST_MS = 5000;
/** What the process may grow by while a thousand inputs are read. */
const MOST_BYTES = 1024 * 1024 * 1024;

let total = 0;

test.each(targets(temporaryFolder()))(
  "$name: any bytes give a value or the room's own error, soon and in little memory",
  async (target) => {
    const count = Math.round((inputs * target.share) / 100);
    const random = randomOf(seed);
    let before = process.memoryUsage.rss();
    for (let index = 0; index < count; index++) {
      const bytes = mutated(target.seeds, random);
      const started = process.cpuUsage().user;
      read(target, bytes, index);
      const ms = (process.cpuUsage().user - started) / 1000;
      if (ms > MOST_MS) throw new Error(describe(`takes ${ms} ms`, bytes, index));
      if (index % 1000 !== 0) continue;
      // What zlib has used is given back when nothing else is under way.
      await nextTurn();
      const after = process.memoryUsage.rss();
      if (after - before > MOST_BYTES)
        throw new Error(describe(`takes ${after - before} bytes`, bytes, index));
      before = after;
    }
    total += count;
  },
);

afterAll(() => {
  // Shares make a hundred; with a filter of names fewer are read.
  expect(total).toBeLessThanOrEqual(inputs + 10);
});

function read(target: Target, bytes: Buffer, index: number): void {
  // What it reads is its own: it must not write into it either.
  const copy = Buffer.from(bytes);
  try {
    target.read(bytes);
  } catch (error) {
    if (!target.isOwn(error))
      throw new Error(describe(`gives ${String(error)}`, copy, index), { cause: error });
  }
  if (!bytes.equals(copy)) throw new Error(describe("was written into", copy, index));
}

function describe(what: string, bytes: Buffer, index: number): string {
  return `Input ${index} of seed ${seed} ${what}: ${bytes.toString("hex")}`;
}

test("every target reads what its inputs are made of", () => {
  for (const { name, seeds, read: readSeed, isOwn } of targets(temporaryFolder())) {
    let good = 0;
    for (const bytes of seeds) {
      try {
        readSeed(Buffer.from(bytes));
        good++;
      } catch (error) {
        if (!isOwn(error)) throw error;
      }
    }
    expect([name, good > 0]).toEqual([name, true]);
  }
});
