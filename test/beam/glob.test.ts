import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { expandBraces, glob, isGlob } from "../../src/beam/glob.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

beforeAll(() => {
  const files = [
    "lib/a/ebin/a.beam",
    "lib/b/ebin/b.beam",
    "lib/b/consolidated/b.beam",
    "lib/.hidden/ebin/h.beam",
    "src/one.erl",
    "src/two.ex",
    "src/deep/er/three.ex",
    "odd [1].ex",
    "a+b.ex",
  ];
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), "");
  }
  symlinkSync(join(folder, "lib"), join(folder, "lib/a/loop"));
  symlinkSync(join(folder, "lib/b"), join(folder, "lib/linked"));
});

/** Root may enter every folder. */
function asOrdinaryUser(run: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    run();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

function matches(pattern: string): string[] {
  return glob(join(folder, pattern)).map((path) => relative(folder, path));
}

test.each([
  ["lib/*/ebin", ["lib/a/ebin", "lib/b/ebin", "lib/linked/ebin"]],
  ["lib/.*/ebin", ["lib/.hidden/ebin"]],
  ["src/*.{ex,erl}", ["src/one.erl", "src/two.ex"]],
  ["src/{deep/er/*,two}.ex", ["src/deep/er/three.ex", "src/two.ex"]],
  ["src/**/*.ex", ["src/deep/er/three.ex", "src/two.ex"]],
  ["**/er", ["src/deep/er"]],
  ["src/t?o.ex", ["src/two.ex"]],
  ["src/[n-p]ne.erl", ["src/one.erl"]],
  ["src/[!n-p]ne.erl", []],
  ["src/[z-a]ne.erl", []],
  ["odd [[]1].ex", ["odd [1].ex"]],
  ["a+b.e?", ["a+b.ex"]],
  ["src/one.erl/*", []],
  ["nothing/*", []],
])("glob() finds what %s matches", (pattern, found) => {
  expect(matches(pattern)).toEqual(found);
});

test("glob() ends where links go round", () => {
  expect(matches("**/b.beam")).toEqual(["lib/b/consolidated/b.beam", "lib/b/ebin/b.beam"]);
});

test("glob() passes by links that lead to themselves, and folders that may not be entered", () => {
  symlinkSync("itself", join(folder, "lib/itself"));
  mkdirSync(join(folder, "lib/private/ebin"), { recursive: true });
  chmodSync(join(folder, "lib/private"), 0o600);
  chmodSync(folder, 0o755);
  asOrdinaryUser(() => {
    expect(matches("lib/*/ebin")).toEqual(["lib/a/ebin", "lib/b/ebin", "lib/linked/ebin"]);
    expect(matches("lib/{itself,private}/*")).toEqual([]);
    expect(matches("lib/{itself,private,b}/ebin")).toEqual(["lib/b/ebin"]);
  });
});

test("expandBraces() gives every alternative, of braces in braces too", () => {
  expect(expandBraces("a{b,c{d,e}}f{,g}")).toEqual(["abf", "abfg", "acdf", "acdfg", "acef", "acefg"]);
  expect(expandBraces("a{b")).toEqual(["a{b"]);
});

test("isGlob() knows a pattern from a path", () => {
  expect(["*.ex", "a?", "[ab]", "{a,b}", "**"].every(isGlob)).toBe(true);
  expect(isGlob("/srv/app/_build/prod/lib/app/ebin")).toBe(false);
});
