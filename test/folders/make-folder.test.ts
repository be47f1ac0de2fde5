import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../../src/folders/make-folder.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";

const base = temporaryFolder();

test("makeFolder() makes what is missing, with its permissions, and gives the outermost", () => {
  expect(makeFolder(join(base, "a", "b", "c"), 0o700)).toBe(join(base, "a"));
  for (const made of ["a", "a/b", "a/b/c"]) expect(statSync(join(base, made)).mode & 0o777).toBe(0o700);
  expect(makeFolder(join(base, "a", "b", "d"), 0o700)).toBe(join(base, "a", "b", "d"));
});

test("makeFolder() leaves a folder that is there as it is, also behind a link", () => {
  mkdirSync(join(base, "there"), { mode: 0o750 });
  symlinkSync(join(base, "there"), join(base, "link"));
  expect(makeFolder(join(base, "there"), 0o700)).toBeUndefined();
  expect(makeFolder(join(base, "link"), 0o700)).toBeUndefined();
  expect(statSync(join(base, "there")).mode & 0o777).toBe(0o750);
  expect(makeFolder(join(base, "link", "below"))).toBe(join(base, "link", "below"));
});

test("makeFolder() says so where a file, or a link that leads nowhere, is in the way", () => {
  writeFileSync(join(base, "file"), "");
  symlinkSync(join(base, "nowhere"), join(base, "broken"));
  for (const path of ["file", "file/below", "broken", "broken/below"]) {
    expect(() => makeFolder(join(base, path)), path).toThrow(/EEXIST|ENOTDIR/);
  }
});

test.runIf(existsSync("/proc/self"))("makeFolder() ends where the system has no place for folders", () => {
  expect(() => makeFolder("/proc/fusion-play/a/b")).toThrow(
    "ENOENT: no such file or directory, mkdir '/proc/fusion-play'",
  );
});
