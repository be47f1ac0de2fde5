import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { Caller, ModuleExamination } from "../../src/engine/code-examination.ts";
import { openModuleSource, type CodePathSource } from "../../src/beam/code-paths.ts";
import { examineModule } from "../../src/beam/examine-module.ts";
import { writeChunks } from "../../src/beam/iff.ts";
import { OPCODE } from "../../src/beam/instructions.ts";
import { KnownFunctions } from "../../src/beam/known-functions.ts";
import { indexModules } from "../../src/beam/module-index.ts";
import { moduleStore } from "../../src/beam/module-store.ts";
import { parseBeam } from "../../src/beam/parse-beam.ts";
import { providedModules, type ProvidedModules } from "../../src/beam/provided-modules.ts";
import { compileElixir, compileErlang, compileProject, consolidateProtocols } from "./compiled-project.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

temporaryCache();
const folder = temporaryFolder();
let provided: ProvidedModules;

beforeAll(async () => {
  provided = await providedModules(AbortSignal.timeout(30_000));
});

function erlang(module: string, text: string): string {
  return compileErlang({ folder, module, text: `-module(${module}).\n${text}` });
}

/** Opens folders and files as code paths, and examines one of the modules. */
async function examined(module: string, ...paths: readonly string[]): Promise<ModuleExamination> {
  const [examination] = await (await open(...paths)).examine([module]);
  if (examination === undefined) throw new Error("nothing was examined");
  return examination;
}

function open(...paths: readonly string[]): Promise<CodePathSource> {
  return openModuleSource({ paths, signal: AbortSignal.timeout(30_000) });
}

function messages({ missing }: ModuleExamination): string[] {
  return missing.map(({ problem }) => `${problem.code}: ${problem.message}`);
}

test("examine() names each missing function with those who call it, once a module", async () => {
  const file = erlang(
    "caller",
    `-export([a/0, b/1, c/1, d/0, e/0, f/0]).
a() -> gone:f(1), lists:revers([]).
b(X) -> [gone:f(Y) || Y <- X].
c(X) -> F = fun(Y) -> gone:f(Y) end, F(X).
d() -> gone:f(4), gone:f(5).
e() -> gone:f(6), ok.
f() -> helper:private(), helper:shown(), spawn(?MODULE, start, []).
`,
  );
  const helper = erlang("helper", "-export([shown/0]).\nshown() -> private().\nprivate() -> ok.\n");
  const found = await examined("caller", file, helper);
  expect(messages(found)).toEqual([
    "MODULE_NOT_FOUND: Cannot call gone:f/1 from caller:a/0 (caller.erl:3), caller:b/1 (caller.erl:4), " +
      "caller:c/1 (caller.erl:5) and 2 more: neither the code paths nor Erlang and Elixir have a module gone; did you mean gen?",
    "FUNCTION_NOT_FOUND: Cannot call lists:revers/1 from caller:a/0 (caller.erl:3): " +
      "lists exports no such function; did you mean reverse/1?",
    "FUNCTION_NOT_FOUND: Cannot call helper:private/0 from caller:f/0 (caller.erl:8): the function is private to helper",
    "FUNCTION_NOT_FOUND: Cannot call caller:start/0 from caller:f/0 (caller.erl:8): caller exports no such function",
  ]);
  expect(found.missing[0]).toMatchObject({
    called: { module: "gone", name: "f", arity: 1 },
    isExpected: false,
  });
  const callers: Caller[] = [...(found.missing[0]?.callers ?? [])];
  expect(callers.map(({ name, arity, line }) => [name, arity, line])).toEqual([
    ["a", 0, 3],
    ["b", 1, 4],
    ["c", 1, 5],
    ["d", 0, 6],
    ["e", 0, 7],
  ]);
});

test("examine() tells which calls the code is prepared to find missing", async () => {
  const [file = ""] = compileElixir(
    folder,
    `defmodule Prepared do
  def asks(x), do: if(Code.ensure_loaded?(Jason), do: Jason.encode!(x), else: inspect(x))
  def rescues() do
    Gone.f()
  rescue
    UndefinedFunctionError -> :gone
  end
  def hopes(), do: Gone.g()
  def both(), do: Gone.h()
  def both2() do
    Gone.h()
  rescue
    UndefinedFunctionError -> :gone
  end
end
`,
  );
  const found = await examined("Elixir.Prepared", file);
  expect(found.missing.map(({ called, isExpected }) => [called.name, isExpected])).toEqual([
    ["encode!", true],
    ["f", true],
    ["g", false],
    ["h", false],
  ]);
});

test("examine() does not count the implementations that a protocol asks for", async () => {
  const ebin = compileProject(folder);
  const source = await open(ebin);
  const protocols = await source.examine(source.modules());
  expect(protocols.flatMap(messages)).toEqual([]);
  const consolidated = await open(consolidateProtocols(ebin), ebin);
  expect((await consolidated.examine(consolidated.modules())).flatMap(messages)).toEqual([]);
});

test("examine() folds what is chosen at run time by function and what is known of it", async () => {
  const file = erlang(
    "chooser",
    "-export([a/2, b/2, c/1, d/1]).\na(M, F) -> M:F(), [X:F() || X <- M].\nb(M, F) -> M:F().\nc(M) -> M:start(1).\nd(M) -> M:start(1).\n",
  );
  const { dynamic } = await examined("chooser", file);
  expect(dynamic.map(({ called, callers }) => [called, callers.map(({ name }) => name)])).toEqual([
    [{ module: undefined, name: undefined, arity: 0 }, ["a", "b"]],
    [{ module: undefined, name: "start", arity: 1 }, ["c", "d"]],
  ]);
});

test("examine() claims nothing about calls of Erlang and Elixir where they are not installed", async () => {
  const [file = ""] = compileElixir(
    folder,
    "defmodule Unchecked do\n  def a(x), do: Gone.f(:gone.g(Enum.map(x, &Local.h/1)))\nend\n",
  );
  const erlangFile = erlang("unchecked", "-export([a/0]).\na() -> here:f(), gone:g().\n");
  const here = erlang("here", "-export([g/0]).\ng() -> ok.\n");
  const path = process.env["PATH"];
  process.env["PATH"] = "/nonexistent";
  try {
    const source = await open(file, erlangFile, here);
    const [elixir, own] = await source.examine(["Elixir.Unchecked", "unchecked"]);
    expect(messages(elixir as ModuleExamination)).toEqual([]);
    expect(elixir?.unchecked.map(({ module }) => module).toSorted()).toEqual(
      expect.arrayContaining(["Elixir.Enum", "Elixir.Gone", "Elixir.Local", "gone"]),
    );
    expect(messages(own as ModuleExamination)).toEqual([
      "FUNCTION_NOT_FOUND: Cannot call here:f/0 from unchecked:a/0 (unchecked.erl:3): here exports no such function; did you mean g/0?",
    ]);
    expect(own?.unchecked.map(({ module }) => module)).toContain("gone");
  } finally {
    process.env["PATH"] = path;
  }
});

test("examine() says of a damaged file which one it is", async () => {
  const file = erlang("damaged", "-export([a/0]).\na() -> gone:a().\n");
  const { chunks } = parseBeam(readFileSync(file));
  const header = Buffer.from(chunks.get("Code") ?? []).subarray(0, 20);
  const code = Buffer.concat([header, Buffer.from([OPCODE.line, 0x67, 0x10])]);
  writeFileSync(file, writeChunks(new Map(chunks).set("Code", code)));
  await expect(examined("damaged", file)).rejects.toMatchObject({
    code: "MODULE_INVALID",
    message: `Cannot use "${file}": it is no valid .beam file`,
  });
});

test("examine() finds no function missing, over all of Erlang and Elixir, that OTP finds", () => {
  const known = new KnownFunctions(moduleStore(new Map()), provided);
  const missing = Array.from(provided.files.keys()).flatMap((module) =>
    examineModule(provided.load(module).beam, known).missing.map(({ called }) => called),
  );
  // These libraries do call some functions that nobody has, but not many.
  expect(missing.length).toBeLessThan(20);
  const terms = missing.map(({ module, name, arity }) => `{'${module}','${name}',${arity}}`);
  const elixir = dirname(dirname(provided.files.get("Elixir.Enum") ?? ""));
  const script = `
    code:add_pathsz(filelib:wildcard("${join(dirname(elixir), "*", "ebin")}")),
    Exports = fun(M) ->
      case code:which(M) of
        preloaded -> M:module_info(exports);
        File when is_list(File) ->
          {ok, {M, [{exports, Found}]}} = beam_lib:chunks(File, [exports]), Found;
        non_existing -> []
      end
    end,
    [io:format("~w~n", [Call]) || {M, F, A} = Call <- [${terms.join(",")}], lists:member({F, A}, Exports(M))],
    io:format("done~n"), halt().`;
  expect(execFileSync("erl", ["-noshell", "-eval", script], { encoding: "utf8" })).toBe("done\n");
});

test("examine() finds in Erlang and Elixir what is missing once a library is taken away", () => {
  const [stdlib = ""] = Array.from(provided.files.values(), dirname).filter((path) =>
    path.includes("/stdlib-"),
  );
  const without = new Map(Array.from(provided.files).filter(([, file]) => dirname(file) !== stdlib));
  const known = new KnownFunctions(moduleStore(indexModules([])), { ...provided, ...moduleStore(without) });
  const kernel = Array.from(without).filter(([, file]) => file.includes("/kernel-"));
  const missing = kernel.flatMap(([module]) => examineModule(provided.load(module).beam, known).missing);
  expect(missing.length).toBeGreaterThan(100);
  for (const { called, problem } of missing) {
    expect(problem.code).toBe("MODULE_NOT_FOUND");
    expect(dirname(provided.files.get(called.module) ?? "")).toBe(stdlib);
  }
});
