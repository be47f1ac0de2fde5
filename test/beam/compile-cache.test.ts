import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { cacheFolder } from "../../src/beam/cache-folder.ts";
import { cacheKey, compileOnce, type Compile } from "../../src/beam/compile-cache.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

const cache = temporaryCache();
const shared = temporaryFolder();

/** Writes one module, and counts how often it had to. */
function counted(...dependencies: readonly string[]): { compile: Compile; runs: () => number } {
  let runs = 0;
  return {
    runs: () => runs,
    compile: async (folder) => {
      runs++;
      await Promise.resolve();
      writeFileSync(join(folder, "a.beam"), "code");
      return { warnings: `warning ${runs}`, dependencies };
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

test("compileOnce() compiles again when a dependency is another one, and leaves what others may be reading", async () => {
  const [file, folder, missing] = ["file", "folder", "missing"].map((name) => join(shared, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, "1");
  mkdirSync(folder);
  const { compile, runs } = counted(file, folder, missing);
  const key = cacheKey(["dependencies"]);
  const first = await compileOnce(key, compile);
  expect(await compileOnce(key, compile)).toEqual(first);
  for (const change of [
    () => writeFileSync(file, "2"),
    () => writeFileSync(join(folder, "new"), ""),
    () => writeFileSync(missing, ""),
  ]) {
    const before = runs();
    change();
    const again = await compileOnce(key, compile);
    expect(await compileOnce(key, compile)).toEqual(again);
    expect(runs()).toBe(before + 1);
  }
  expect(readFileSync(join(first.folder, "a.beam"), "utf8")).toBe("code");
  // As it was at first: what was made of it is still there.
  rmSync(missing);
  rmSync(join(folder, "new"));
  writeFileSync(file, "1");
  expect(await compileOnce(key, compile)).toEqual(first);
});

test("compileOnce() compiles again when a dependency has changed meanwhile", async () => {
  const file = join(shared, "meanwhile");
  const { compile, runs } = counted(file);
  const compileSlowly: Compile = async (folder) => {
    const compilation = await compile(folder);
    await setTimeout(20);
    writeFileSync(file, `${runs()}`);
    return compilation;
  };
  const key = cacheKey(["meanwhile"]);
  await compileOnce(key, compileSlowly);
  await setTimeout(20);
  await compileOnce(key, compile);
  expect(runs()).toBe(2);
  await compileOnce(key, compile);
  expect(runs()).toBe(2);
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
