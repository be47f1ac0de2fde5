import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openModuleSource, type CodePathSource } from "../../src/beam/code-paths.ts";
import { moduleMd5 } from "../../src/beam/module-md5.ts";
import type { HostCode, OwnReason } from "../../src/engine/host-code.ts";
import { parseBeam } from "../../src/beam/parse-beam.ts";
import { makeRelease } from "../remote/made-release.ts";
import { compileErlang, compileProject, consolidateProtocols } from "./compiled-project.ts";
import { withPath } from "./programs.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

temporaryCache();
const folder = temporaryFolder();
let ebin = "";

beforeAll(() => {
  ebin = compileProject(folder);
});

function open(...paths: readonly string[]): Promise<CodePathSource> {
  return openModuleSource({ paths, signal: AbortSignal.timeout(60_000) });
}

/** Loads what is shipped, in its order, into an Erlang that has no code path to it, and evaluates. */
function runShipped(source: CodePathSource, roots: readonly string[], expression: string): string {
  const shipped = join(temporaryFolderFor("shipped"), "all");
  mkdirSync(shipped);
  const files = source.closure(roots).map(({ name, binary: bytes }) => {
    writeFileSync(join(shipped, `${name}.beam`), bytes);
    return name;
  });
  const load = `for name <- ${JSON.stringify(files)} do
    bytes = File.read!(Path.join(${JSON.stringify(shipped)}, name <> ".beam"))
    {:module, _} = :code.load_binary(String.to_atom(name), ~c"shipped", bytes)
  end`;
  return execFileSync("elixir", ["-e", `${load}; IO.puts(${expression})`], {
    cwd: "/",
    encoding: "utf8",
  }).trim();
}

let count = 0;
function temporaryFolderFor(purpose: string): string {
  const path = join(folder, `${purpose}-${++count}`);
  mkdirSync(path);
  return path;
}

test("closure() holds Elixir and Erlang modules, what literals name, and implementations in other files", async () => {
  const source = await open(ebin);
  const closure = source.closure(["Elixir.Fixture.Report"]);
  expect(closure.map(({ name, neededBy }) => [name, neededBy])).toEqual([
    ["fixture_carry", "fixture_math"],
    ["fixture_math", "Elixir.Fixture.Counter"],
    ["Elixir.Fixture.Counter", "Elixir.Fixture.Report"],
    ["Elixir.Fixture.Measurable.List", "Elixir.Fixture.Measurable"],
    ["Elixir.Fixture.Measurable", "Elixir.Fixture.Report"],
    ["Elixir.Fixture.Folder", "Elixir.Fixture.Report"],
    ["Elixir.Fixture.Report", null],
    ["Elixir.Fixture.Measurable.Fixture.Folder", "Elixir.Fixture.Folder"],
    ["Elixir.String.Chars.Fixture.Folder", "Elixir.Fixture.Folder"],
  ]);
});

test("closure() ships code that runs where nothing else of the project is", async () => {
  const source = await open(ebin);
  const roots = ["Elixir.Fixture.Report"];
  expect(runShipped(source, roots, "Fixture.Report.count()")).toBe("1");
  expect(
    runShipped(
      source,
      roots,
      'to_string(Fixture.Report.empty()) <> " #{Fixture.Report.size(Fixture.Report.empty())}"',
    ),
  ).toBe("folder empty 0");
});

test("closure() ships the consolidated protocol where there is one, and all it dispatches to", async () => {
  const other = temporaryFolderFor("consolidated");
  const consolidated = consolidateProtocols(compileProject(other));
  const source = await open(join(other, "ebin"));
  const closure = source.closure(["Elixir.Fixture.Measurable"]);
  expect(closure.find(({ name }) => name === "Elixir.Fixture.Measurable")?.file).toBe(
    join(consolidated, "Elixir.Fixture.Measurable.beam"),
  );
  expect(closure.map(({ name }) => name)).toContain("Elixir.Fixture.Measurable.Fixture.Unused");
  expect(source.has("Elixir.Enumerable")).toBe(false);
  const size = "Fixture.Measurable.size(Fixture.Folder.new(:a))";
  expect(runShipped(source, ["Elixir.Fixture.Measurable", "Elixir.Fixture.Folder"], size)).toBe("0");
});

test("closure() gives the same objects each time, with md5 and binary of the stripped module", async () => {
  const source = await open(ebin);
  const [first, again] = [source.closure(["fixture_on_load"]), source.closure(["fixture_on_load"])];
  expect(again).toBe(first);
  const [module] = first;
  const file = join(ebin, "fixture_on_load.beam");
  expect(module).toMatchObject({ name: "fixture_on_load", file, neededBy: null, hasOnLoad: true });
  expect(module?.md5).toBe(moduleMd5(parseBeam(readFileSync(file)).chunks));
  expect(module?.binary.length).toBeLessThan(readFileSync(file).length);
  const [math] = source.closure(["fixture_math"]).filter(({ name }) => name === "fixture_math");
  const [alsoMath] = source.closure(["Elixir.Fixture.Counter"]).filter(({ name }) => name === "fixture_math");
  expect(alsoMath?.binary).toBe(math?.binary);
});

test("closure() says which module is missing, and which may have been meant", async () => {
  const source = await open(ebin);
  expect(() => source.closure(["Elixir.Report"])).toThrow(
    expect.objectContaining({
      code: "MODULE_NOT_FOUND",
      message: "Cannot find the module Report: no code path holds it",
      hint: "Did you mean Fixture.Report?",
    }),
  );
});

test("closure() refuses a file whose name is not that of its module, and one that is no module", async () => {
  const wrong = temporaryFolderFor("wrong");
  copyFileSync(join(ebin, "fixture_math.beam"), join(wrong, "renamed.beam"));
  writeFileSync(join(wrong, "text.beam"), "This is no module");
  const source = await open(wrong);
  expect(() => source.closure(["renamed"])).toThrow(
    expect.objectContaining({ code: "MODULE_INVALID", hint: "Name the file fixture_math.beam" }),
  );
  expect(() => source.closure(["text"])).toThrow(expect.objectContaining({ code: "MODULE_INVALID" }));
});

test("openModuleSource() reads no file before it is needed", async () => {
  const lazy = temporaryFolderFor("lazy");
  writeFileSync(join(lazy, "broken.beam"), "");
  copyFileSync(join(ebin, "fixture_on_load.beam"), join(lazy, "fixture_on_load.beam"));
  const source = await open(lazy);
  expect(source.has("broken")).toBe(true);
  expect(source.closure(["fixture_on_load"])).toHaveLength(1);
});

test("closure() of a chain of 300 modules, which all need one more, holds each once", async () => {
  const chain = temporaryFolderFor("chain");
  const modules = Array.from({ length: 300 }, (_, index) => `chain_${index}`);
  const forms = modules.map((name, index) => {
    const next = modules[index + 1];
    const call = next === undefined ? "0" : `1 + ${next}:depth()`;
    return `-module(${name}).\n-export([depth/0]).\ndepth() -> chain_base:ok(), ${call}.\n`;
  });
  for (const [index, text] of forms.entries()) writeFileSync(join(chain, `chain_${index}.erl`), text);
  writeFileSync(join(chain, "chain_base.erl"), "-module(chain_base).\n-export([ok/0]).\nok() -> ok.\n");
  const source = await open(join(chain, "*.erl"));
  const closure = source.closure(["chain_0"]).map(({ name }) => name);
  expect(closure).toEqual(["chain_base", ...modules.toReversed()]);
  expect(runShipped(source, ["chain_0"], ":chain_0.depth()")).toBe("299");
});

test("checkCall() knows the functions of the code paths, of Erlang and of Elixir", async () => {
  const source = await open(ebin);
  expect(await source.checkable()).toEqual({ erlang: true, elixir: true });
  const fine = [
    ["Elixir.Fixture.Report", "count", 0],
    ["fixture_math", "add", 2],
    ["lists", "reverse", 1],
    ["erlang", "apply", 3],
    ["erlang", "self", 0],
    ["init", "stop", 0],
    ["prim_file", "get_cwd", 0],
    ["Elixir.Enum", "map", 2],
    ["Elixir.String", "module_info", 0],
  ] as const;
  for (const [module, name, arity] of fine) {
    expect(await source.checkCall({ module, name, arity }), `${module} ${name}`).toBe("found");
  }
});

test("checkCall() goes by what the code paths hold where the host has no such module of its own", async () => {
  const modules = temporaryFolderFor("ftp");
  const compile = (module: string, text: string): string =>
    compileErlang({ folder: modules, module, text: `-module(${module}).\n${text}` });
  // OTP has one of that name here, which has an open/1.
  const file = compile("ftp", "-export([fetch/1]).\nfetch(X) -> X.\n");
  const caller = compile("fetches", "-export([a/0, b/0]).\na() -> ftp:fetch(1).\nb() -> ftp:open(1).\n");
  const source = await open(file, caller);
  const host = {
    own: new Map<string, OwnReason>(),
    current: new Set<string>(),
    replaced: new Map(),
    asked: new Map([["ftp", new Set(["fetch/1", "open/1"])]]),
    lacking: new Map([["ftp", "module"] as const]),
    applications: new Map(),
    unfit: new Map(),
  };
  const missing = async (code: HostCode): Promise<string[]> => {
    const [examination] = await source.examine(["fetches"], code);
    return examination?.missing.map(({ problem }) => problem.message) ?? [];
  };
  expect(await source.checkCall({ module: "ftp", name: "fetch", arity: 1 }, host)).toBe("found");
  expect(await missing(host)).toEqual([expect.stringContaining("ftp exports no such function") as string]);
  const lacking = new Map([["ftp", new Set(["fetch/1"])]]);
  const withOwn: HostCode = { ...host, own: new Map([["ftp", "otp"]]), lacking };
  expect(await missing(withOwn)).toEqual([
    expect.stringContaining("ftp of the host has no such function") as string,
  ]);
});

test("checkCall() finds every function of a module that answers calls of functions it does not have", async () => {
  const text =
    "-module(answers).\n-export(['$handle_undefined_function'/2]).\n'$handle_undefined_function'(F, A) -> {F, A}.\n";
  const source = await open(
    compileErlang({ folder: temporaryFolderFor("answers"), module: "answers", text }),
  );
  expect(await source.checkCall({ module: "answers", name: "anything", arity: 9 })).toBe("found");
});

test.each([
  ["Elixir.Fixture.Report", "cuont", 0, "FUNCTION_NOT_FOUND", "did you mean count/0?"],
  ["fixture_math", "add", 3, "FUNCTION_NOT_FOUND", "fixture_math has add/2"],
  ["Elixir.Fixture.Report", "twice", 1, "FUNCTION_NOT_FOUND", "is a macro"],
  ["lists", "revers", 1, "FUNCTION_NOT_FOUND", "did you mean reverse/1?"],
  ["Elixir.Enum", "map", 7, "FUNCTION_NOT_FOUND", "Enum has map/2"],
  ["list", "reverse", 1, "MODULE_NOT_FOUND", "did you mean lists?"],
  ["Elixir.Reprot", "count", 0, "MODULE_NOT_FOUND", "neither the code paths nor Erlang and Elixir"],
])("checkCall() finds what is wrong with %s %s/%i", async (module, name, arity, code, message) => {
  const source = await open(ebin);
  expect(await source.checkCall({ module, name, arity })).toEqual({
    code,
    message: expect.stringContaining(message) as string,
  });
});

test("what lies beside the applications of Erlang, such as libraries of a distribution, is no part of it", async () => {
  const root = join(temporaryFolderFor("erlang"), "root");
  const { erl, lib } = await makeRelease(root);
  mkdirSync(join(root, "bin"));
  copyFileSync(join(root, "releases/1/start_clean.boot"), join(root, "bin/no_dot_erlang.boot"));
  const beside = join(lib, "fixture-1.0", "ebin");
  mkdirSync(beside, { recursive: true });
  copyFileSync(join(ebin, "fixture_math.beam"), join(beside, "fixture_math.beam"));
  writeFileSync(
    join(beside, "fixture.app"),
    '{application, fixture, [{vsn, "1.0"}, {modules, [fixture_math]}]}.',
  );
  await withPath(`${dirname(erl)}:${process.env["PATH"]}`, async () => {
    const source = await open(ebin);
    expect(await source.providedAmong(["fixture_math", "lists"])).toEqual(new Set(["lists"]));
    expect(await source.providedApplications(["fixture", "stdlib"])).toEqual(new Set(["stdlib"]));
    expect(await source.whereIs("fixture_math")).toBe("code_path");
  });
});

test("checkCall() makes up no problem of modules it cannot know, where Erlang is not installed", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = temporaryFolderFor("empty");
  try {
    const source = await open(ebin);
    expect(await source.checkCall({ module: "list", name: "reverse", arity: 1 })).toBe("unchecked");
    expect(await source.checkCall({ module: "Elixir.Enumm", name: "map", arity: 2 })).toBe("unchecked");
    expect(await source.checkCall({ module: "fixture_math", name: "add", arity: 3 })).toMatchObject({
      code: "FUNCTION_NOT_FOUND",
    });
    expect(await source.checkable()).toEqual({ erlang: false, elixir: false });
  } finally {
    process.env["PATH"] = path;
  }
});
