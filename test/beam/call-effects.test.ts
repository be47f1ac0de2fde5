import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { effectsOfCall, effectsOfCallWith } from "../../src/beam/call-effects.ts";
import { EFFECT_TABLE } from "../../src/beam/effect-table.ts";
import { examineModule } from "../../src/beam/examine-module.ts";
import { KnownFunctions } from "../../src/beam/known-functions.ts";
import { moduleStore } from "../../src/beam/module-store.ts";
import { parseBeam } from "../../src/beam/parse-beam.ts";
import { providedModules, type ProvidedModules } from "../../src/beam/provided-modules.ts";
import { parseCall } from "../../src/etf/parse-call.ts";
import { knownPart } from "../../src/etf/known-part.ts";
import { EFFECT_NAMES } from "../../src/playbook/effects.ts";
import { compileElixir, compileErlang } from "./compiled-project.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

temporaryCache();
const folder = temporaryFolder();
let provided: ProvidedModules;
let known: KnownFunctions;

beforeAll(async () => {
  provided = await providedModules(AbortSignal.timeout(30_000));
  known = new KnownFunctions(moduleStore(new Map()), provided);
});

/** The effects of a module, each as `effect called <- callers`. */
function effects(file: string): string[] {
  return examineModule(parseBeam(readFileSync(file)), known).effects.map(({ effect, called, callers }) => {
    const { module = "_", name = "_", arity = "_" } = called ?? {};
    const names = callers.map((caller) => `${caller.name}/${caller.arity}`).join(" ");
    return `${effect} ${called === undefined ? "" : `${module}:${name}/${arity} `}<- ${names}`;
  });
}

function erlang(module: string, text: string): string {
  return compileErlang({ folder, module, text: `-module(${module}).\n${text}` });
}

test("examineModule() tells each effect of Erlang code, what has it, and who calls that", () => {
  const file = erlang(
    "effectful",
    `-export([a/1, b/0, c/1, d/0, e/1, f/1, g/0]).
-on_load(init/0).
init() -> erlang:load_nif("nif", 0).
a(X) -> os:cmd(X), [os:cmd(Y) || Y <- X].
b() -> open_port({spawn, "cat"}, []).
c(F) -> file:write_file(F, <<>>), lists:foreach(fun file:delete/1, [F]).
d() -> {gen_tcp:listen(0, []), httpc:request("http://localhost")}.
e(N) -> spawn(N, fun() -> init:stop() end), rpc:call(N, erlang, node, []).
f(B) -> code:load_binary(m, "m", B), spawn(os, cmd, [B]).
g() -> spawn(fun() -> ok end), file:read_file("x"), lists:sort([]), halt().
`,
  );
  expect(effects(file).toSorted()).toEqual([
    "code_load code:load_binary/3 <- f/1",
    "file_write file:delete/1 <- c/1",
    "file_write file:write_file/2 <- c/1",
    "halt erlang:halt/0 <- g/0",
    "halt init:stop/0 <- e/1",
    "nif erlang:load_nif/2 <- init/0",
    "node erlang:spawn/2 <- e/1",
    "node rpc:call/4 <- e/1",
    "on_load <- init/0",
    "open_port erlang:open_port/2 <- b/0",
    "os.cmd os:cmd/1 <- a/1 f/1",
    "socket gen_tcp:listen/2 <- d/0",
    "socket httpc:request/1 <- d/0",
  ]);
});

test("examineModule() tells the effects of Elixir code", () => {
  const [file = ""] = compileElixir(
    folder,
    `defmodule Effectful do
  def a(x), do: System.cmd("ls", [x])
  def b(x), do: Enum.each(x, &File.rm!/1)
  def c(x), do: Code.eval_string(x)
  def d(x), do: File.read!(x)
  def e(x), do: Node.connect(x)
  def f(), do: System.halt(1)
  def g(x), do: Port.open({:spawn, x}, [])
  def h(x), do: File.stream!(x)
end
`,
  );
  expect(effects(file).toSorted()).toEqual([
    "code_load Elixir.Code:eval_string/1 <- c/1",
    "file_write Elixir.File:rm!/1 <- b/1",
    "file_write Elixir.File:stream!/1 <- h/1",
    "halt Elixir.System:halt/1 <- f/0",
    "node Elixir.Node:connect/1 <- e/1",
    "open_port erlang:open_port/2 <- g/1",
    "os.cmd Elixir.System:cmd/2 <- a/1",
  ]);
});

test("examineModule() tells that a module which is defined in a function is compiled and loaded there", () => {
  const [file = ""] = compileElixir(
    folder,
    `defmodule Defines do
  def a do
    defmodule Defined do
      def v, do: 42
    end
  end
end
`,
  );
  expect(effects(file)).toEqual([
    expect.stringMatching(/^code_load elixir_module:compile\/\d <- a\/0$/) as string,
  ]);
});

test("examineModule() looks at the modes with which files are opened", () => {
  const file = erlang(
    "opens",
    `-export([a/1, b/1, c/2, d/1, e/1]).
a(F) -> file:open(F, [read, binary, {encoding, utf8}]).
b(F) -> file:open(F, [raw, append]).
c(F, Modes) -> file:open(F, Modes).
d(F) -> file:open(F, []).
e(F) -> file:open(F, [write]).
`,
  );
  expect(effects(file)).toEqual(["file_write file:open/2 <- b/1 c/2 e/1"]);
  const [elixir = ""] = compileElixir(
    folder,
    `defmodule Opens do
  def a(f), do: File.open!(f)
  def b(f), do: File.open!(f, [:read, :utf8])
  def c(f), do: File.open(f, [:write], &IO.write(&1, "x"))
end
`,
  );
  expect(effects(elixir)).toEqual(["file_write Elixir.File:open/3 <- c/1"]);
});

test("examineModule() says that effects are not known where a call chosen at run time may have one", () => {
  const file = erlang(
    "maybe",
    `-export([a/2, b/1, c/1, d/2, e/1, f/1, g/2, h/1]).
a(M, F) -> M:F(1).
b(M) -> M:cmd("ls").
c(M) -> M:handle(1).
d(F, A) -> apply(lists, F, A).
e(F) -> os:F("ls").
f(M) -> M:cmd(1, 2, 3, 4).
g(M, A) -> apply(M, cmd, A).
h(A) -> A(fun erlang:apply/3, fun timer:sleep/1).
`,
  );
  expect(effects(file)).toEqual([
    "dynamic _:_/1 <- a/2",
    "dynamic _:cmd/1 <- b/1",
    "dynamic os:_/1 <- e/1",
    "dynamic _:cmd/_ <- g/2",
    "dynamic _:_/_ <- h/1",
  ]);
});

test("examineModule() knows the effects in the tables, and no more, of code that is newer than it reads", () => {
  const beam = parseBeam(
    readFileSync(erlang("newer", '-export([a/0]).\na() -> os:cmd("ls"), lists:sort([]).\n')),
  );
  const header = Buffer.from(beam.chunks.get("Code") ?? []).subarray(0, 20);
  const chunks = new Map(beam.chunks).set("Code", Buffer.concat([header, Buffer.from([250, 1])]));
  const found = examineModule({ ...beam, chunks }, known);
  expect(found.isCutShort).toBe(true);
  expect(found.effects.map(({ effect, called }) => [effect, called?.name])).toEqual([
    ["os.cmd", "cmd"],
    ["dynamic", undefined],
  ]);
});

test("effectsOfCall() goes by module, name and, where the table has one, arity", () => {
  expect(effectsOfCall({ module: "os", name: "cmd", arity: 2 })).toEqual(["os.cmd"]);
  expect(effectsOfCall({ module: "os", name: "getenv", arity: 1 })).toEqual([]);
  expect(effectsOfCall({ module: "my", name: "cmd", arity: 1 })).toEqual([]);
  expect(effectsOfCall({ module: "erlang", name: "spawn", arity: 2 })).toEqual(["node"]);
  expect(effectsOfCall({ module: "erlang", name: "spawn", arity: 1 })).toEqual([]);
  expect(effectsOfCall({ module: "compile", name: "file", arity: 1 })).toEqual(["file_write", "code_load"]);
});

test.each([
  ['os:cmd("ls")', ["os.cmd"]],
  ['timer:tc(os, cmd, ["ls"])', ["os.cmd"]],
  ['erlang:apply(timer, tc, [os, cmd, ["ls"]])', ["os.cmd"]],
  ["erlang:apply(lists, sort, [[]])", []],
  ['rpc:call(a@b, os, cmd, ["ls"])', ["node", "os.cmd"]],
  ['file:open("x", [read])', []],
  ['file:open("x", [write])', ["file_write"]],
  [':timer.tc(File, :open, ["x", [:read]])', []],
  ['File.write!("x", "y")', ["file_write"]],
  ["Task.start(System, :halt, [])", ["halt"]],
  ['Kernel.apply(:os, :cmd, ["ls"])', ["os.cmd"]],
  ['timer:apply_after(1, os, cmd, ["ls"])', ["os.cmd"]],
  ['proc_lib:spawn(os, cmd, ["ls"])', ["os.cmd"]],
  ["erlang:make_fun(os, cmd, 1)", ["os.cmd"]],
  // Funs, wherever they stand.
  ['lists:map(fun os:cmd/1, ["ls"])', ["os.cmd"]],
  ['Enum.map(["x"], &File.rm!/1)', ["file_write"]],
  ['my:go([{opts, #{on => [fun os:cmd/1 | fun init:stop/0]}}], "x")', ["halt", "os.cmd"]],
  ["My.go(then: {:ok, &System.halt/1})", ["halt"]],
  ['File.open("x", [:read], &File.rm/1)', ["file_write"]],
  ['erlang:apply(fun erlang:apply/3, [os, cmd, ["ls"]])', ["dynamic"]],
  ["lists:map(fun lists:sort/1, [[]])", []],
  // What is known of calls whose arguments hold values of a run.
  ["lists:map(fun os:cmd/1, [${{ x }}])", ["os.cmd"]],
  ["erlang:apply(os, cmd, [${{ x }}])", ["os.cmd"]],
  ["erlang:apply(os, cmd, ${{ x }})", ["dynamic"]],
  ["erlang:apply(lists, ${{ x }}, [])", []],
  ["erlang:apply(${{ x }}, ${{ x }}, [])", ["dynamic"]],
  ['file:open("${{ x }}", [read])', []],
  ['file:open("x", [${{ x }}])', ["file_write"]],
])("effectsOfCallWith() tells the effects of %s", (text, expected) => {
  const { module, function: name, args } = parseCall(text);
  expect(effectsOfCallWith({ module, name, arity: args.length }, args.map(knownPart), known)).toEqual(
    expected,
  );
});

test("EFFECT_TABLE names functions that Erlang and Elixir have", () => {
  // Of newer releases than some that tests run on, or of older ones.
  const others = new Set([
    "Elixir.Code:append_paths",
    "Elixir.Code:prepend_paths",
    "Elixir.Kernel.ParallelCompiler:files",
    "Elixir.Kernel.ParallelCompiler:files_to_path",
    "slave:start",
    "slave:start_link",
    "slave:pseudo",
  ]);
  const missing = Object.values(EFFECT_TABLE).flatMap((modules) =>
    Object.entries(modules).flatMap(([module, functions]) =>
      functions.split(" ").flatMap((text) => {
        const [name, arity] = text.split("/");
        const exported = provided.files.has(module) ? [...provided.exports(module)] : [];
        const isThere = exported.some((one) =>
          arity === undefined ? one.startsWith(`${name}/`) : one === `${name}/${arity}`,
        );
        return isThere || others.has(`${module}:${name}`) ? [] : [`${module}:${text}`];
      }),
    ),
  );
  expect(missing).toEqual([]);
});

test("EFFECT_TABLE has all effects but those that come with no call", () => {
  expect([...Object.keys(EFFECT_TABLE), "on_load", "dynamic"].toSorted()).toEqual(
    [...EFFECT_NAMES].toSorted(),
  );
});
