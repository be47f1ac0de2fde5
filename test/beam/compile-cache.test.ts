import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder } from "../../src/beam/cache-folder.ts";
import { cacheKey, compileOnce } from "../../src/beam/compile-cache.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

const cache = temporaryCache();
const shared = temporaryFolder();

/** Writes one module, and counts how often it had to. */
function counted(text = "code"): { compile: (folder: string) => Promise<string>; runs: () => number } {
  let runs = 0;
  return {
    runs: () => runs,
    compile: async (folder) => {
      runs++;
      await Promise.resolve();
      writeFileSync(join(folder, "a.beam"), text);
      return `warning ${runs}`;
    },
  };
}

test("compileOnce() compiles once for a key, and remembers the warnings", async () => {
  const { compile, runs } = counted();
  const first = await compileOnce(cacheKey(["once"]), compile);
  expect(await compileOnce(cacheKey(["once"]), compile)).toEqual(first);
  expect(runs()).toBe(1);
  expect(first.warnings).toBe("warning 1");
  expect(readFileSync(join(first.folder, "a.beam"), "utf8")).toBe("code");
});

test("compileOnce() compiles again what was damaged", async () => {
  const { compile, runs } = counted();
  const { folder } = await compileOnce(cacheKey(["damaged"]), compile);
  for (const damage of [
    () => writeFileSync(join(folder, "a.beam"), "c"),
    () => writeFileSync(join(folder, "manifest.json"), "{"),
  ]) {
    damage();
    await compileOnce(cacheKey(["damaged"]), compile);
    expect(readFileSync(join(folder, "a.beam"), "utf8")).toBe("code");
  }
  expect(runs()).toBe(3);
});

test("compileOnce() gives the same entry to all who compile at the same time", async () => {
  const { compile } = counted();
  const all = await Promise.all(Array.from({ length: 8 }, () => compileOnce(cacheKey(["race"]), compile)));
  expect(new Set(all.map(({ folder }) => folder)).size).toBe(1);
  expect(readdirSync(all[0]?.folder ?? "")).toEqual(["a.beam", "manifest.json"]);
});

test("compileOnce() leaves nothing of a compiler that failed", async () => {
  await expect(compileOnce(cacheKey(["failed"]), () => Promise.reject(new Error("syntax")))).rejects.toThrow(
    "syntax",
  );
  expect(readdirSync(cache).filter((name) => name.startsWith("compiling-"))).toEqual([]);
  expect(readdirSync(join(cache, "compiled"))).not.toContain(cacheKey(["failed"]));
});

test("cacheFolder() is for its owner only, and refuses a folder that others can write to", () => {
  expect(statSync(cacheFolder()).mode & 0o777).toBe(0o700);
  mkdirSync(join(shared, "fusion-play"));
  chmodSync(join(shared, "fusion-play"), 0o777);
  const own = process.env["XDG_CACHE_HOME"];
  process.env["XDG_CACHE_HOME"] = shared;
  try {
    expect(() => cacheFolder()).toThrow("others can write to it");
  } finally {
    process.env["XDG_CACHE_HOME"] = own;
  }
});
