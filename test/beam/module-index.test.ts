import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { indexModules, resolveCodePaths } from "../../src/beam/module-index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const path = (name: string): string => join(folder, name);

for (const file of [
  "app/ebin/app.beam",
  "app/ebin/Elixir.Size.beam",
  "app/ebin/app.app",
  "app/consolidated/Elixir.Size.beam",
  "app/consolidated/Elixir.Enumerable.beam",
  "dep/ebin/dep.beam",
  "dep/ebin/app.beam",
  "dep/ebin/Elixir.Size.beam",
  "single.beam",
  "src/health.ex",
  "src/health.erl",
  "src/notes.md",
  "[odd]/ebin/odd.beam",
  "empty/README",
  "mac/ebin/mac.beam",
  "mac/ebin/._mac.beam",
  "mac/apple/._mac.beam",
  "mac/apple/._mac.app",
]) {
  mkdirSync(dirname(path(file)), { recursive: true });
  writeFileSync(path(file), "");
}

function index(...entries: readonly string[]): Map<string, string> {
  return indexModules(resolveCodePaths(entries.map(path)).map((entry) => entry.path));
}

test("indexModules() takes a module from the first entry that holds it", () => {
  expect(index("dep/ebin", "app/ebin").get("app")).toBe(path("dep/ebin/app.beam"));
  expect(index("app/ebin", "dep/ebin").get("app")).toBe(path("app/ebin/app.beam"));
  expect(index("single.beam").get("single")).toBe(path("single.beam"));
});

test("indexModules() prefers the consolidated protocols beside an ebin folder, and takes no other module there", () => {
  const files = index("dep/ebin", "app/ebin");
  expect(files.get("Elixir.Size")).toBe(path("app/consolidated/Elixir.Size.beam"));
  expect(files.has("Elixir.Enumerable")).toBe(false);
});

test("indexModules() takes all of a consolidated folder that is listed itself, before any ebin folder", () => {
  const files = index("dep/ebin", "app/consolidated");
  expect(files.get("Elixir.Size")).toBe(path("app/consolidated/Elixir.Size.beam"));
  expect(files.has("Elixir.Enumerable")).toBe(true);
});

test("indexModules() takes no file of macOS for a module", () => {
  expect([...index("mac/ebin").keys()]).toEqual(["mac"]);
});

test("resolveCodePaths() takes what a glob matches: folders of modules, modules and sources", () => {
  expect(resolveCodePaths([path("*/ebin"), path("src/*"), path("app/ebin"), path("single.beam")])).toEqual([
    { path: path("[odd]/ebin"), kind: "folder" },
    { path: path("app/ebin"), kind: "folder" },
    { path: path("dep/ebin"), kind: "folder" },
    { path: path("mac/ebin"), kind: "folder" },
    { path: path("src/health.erl"), kind: "source" },
    { path: path("src/health.ex"), kind: "source" },
    { path: path("single.beam"), kind: "beam" },
  ]);
});

test("resolveCodePaths() passes by what a glob matches and nobody can reach", () => {
  symlinkSync("itself", path("app/itself"));
  symlinkSync("nowhere", path("app/dangling"));
  expect(resolveCodePaths([path("app/*")])).toEqual([
    { path: path("app/consolidated"), kind: "folder" },
    { path: path("app/ebin"), kind: "folder" },
  ]);
});

test("resolveCodePaths() takes an entry that exists as it is, however it looks", () => {
  expect(resolveCodePaths([path("[odd]/ebin")])).toEqual([{ path: path("[odd]/ebin"), kind: "folder" }]);
});

test.each([
  ["missing/ebin", "FILE_UNREADABLE", "it does not exist", "Build the project"],
  ["missing/*/ebin", "MODULE_NOT_FOUND", "nothing that matches is", "correct the pattern"],
  ["src/*.md", "MODULE_NOT_FOUND", "nothing that matches is", "correct the pattern"],
  ["src/notes.md", "MODULE_NOT_FOUND", "it is no .beam", "Name an ebin folder"],
  ["empty", "MODULE_NOT_FOUND", "holds no .beam file", "Build the project first"],
  ["mac/apple", "MODULE_NOT_FOUND", "holds no .beam file", "Build the project first"],
  ["app", "MODULE_NOT_FOUND", "holds no .beam file", 'app/ebin"'],
])("resolveCodePaths() says what is wrong with %s", (entry, code, message, hint) => {
  expect(() => resolveCodePaths([path(entry)])).toThrow(
    expect.objectContaining({
      code,
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining(hint) as string,
    }),
  );
});
