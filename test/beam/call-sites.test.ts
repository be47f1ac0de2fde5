import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { findCallSites, type CallSites } from "../../src/beam/call-sites.ts";
import { callKey, type FunctionName } from "../../src/beam/function-tables.ts";
import { KNOWN_FOR_NAMES } from "../../src/beam/names-in-arguments.ts";
import { decodeLines } from "../../src/beam/line-table.ts";
import { functionsOfLiterals } from "../../src/beam/literals.ts";
import { parseBeam, type BeamFile } from "../../src/beam/parse-beam.ts";
import { providedModules, type ProvidedModules } from "../../src/beam/provided-modules.ts";
import { decodeTerm } from "../../src/etf/decode.ts";
import { Atom, Tuple, type Term } from "../../src/etf/term.ts";
import { formatTerm } from "../../src/etf/format.ts";
import { compileElixir, compileErlang } from "./compiled-project.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

temporaryCache();
const folder = temporaryFolder();
const ALL = (): boolean => true;
let provided: ProvidedModules;

beforeAll(async () => {
  provided = await providedModules(AbortSignal.timeout(30_000));
});

function erlang(module: string, text: string): BeamFile {
  return parseBeam(readFileSync(compileErlang({ folder, module, text: `-module(${module}).\n${text}` })));
}

/** Each call as `caller -> called`. */
function sites({ sites: found }: CallSites): string[] {
  return found
    .map(({ called, caller }) => `${caller.name}/${caller.arity} -> ${callKey(called)}`)
    .filter((text) => !text.startsWith("module_info"));
}

function dynamic({ dynamic: found }: CallSites): string[] {
  return found.map(({ called: { module = "_", name = "_", arity = "_" }, caller }) => {
    return `${caller.name}/${caller.arity} -> ${module}:${name}/${arity}`;
  });
}

test("findCallSites() finds calls, guards, funs of other modules and what is spawned, each with its function", () => {
  const beam = erlang(
    "called",
    `-export([a/1, b/2, c/1, d/0]).
a(X) -> Y = lists:reverse(X), {lists:sum(Y), 1}.
b(X, M) when is_map_key(X, M) -> maps:get(X, M).
c(L) -> lists:map(fun gone:f/1, [fun(X) -> gone:g(X, L) end | L]).
d() -> spawn(gone, loop, [1, self()]), proc_lib:spawn_link(?MODULE, a, [[]]), erlang:apply(gone, h, "ab").
`,
  );
  expect(sites(findCallSites(beam, ALL)).toSorted()).toEqual([
    "-c/1-fun-0-/2 -> gone:g/2",
    "a/1 -> lists:reverse/1",
    "a/1 -> lists:sum/1",
    "b/2 -> erlang:is_map_key/2",
    "b/2 -> erlang:map_get/2",
    "c/1 -> gone:f/1",
    "c/1 -> lists:map/2",
    "d/0 -> called:a/1",
    "d/0 -> erlang:self/0",
    "d/0 -> erlang:spawn/3",
    "d/0 -> gone:h/2",
    "d/0 -> gone:loop/2",
    "d/0 -> proc_lib:spawn_link/3",
  ]);
  expect(dynamic(findCallSites(beam, ALL))).toEqual([]);
});

test("findCallSites() gives only what was asked for", () => {
  const beam = erlang(
    "wanted",
    "-export([a/0]).\na() -> lists:sum([fun gone:f/1, fun gone:g/1]), gone:g(1).\n",
  );
  const isWanted = ({ name }: FunctionName): boolean => name === "g";
  expect(sites(findCallSites(beam, isWanted))).toEqual(["a/0 -> gone:g/1", "a/0 -> gone:g/1"]);
});

test("findCallSites() tells of calls that are chosen at run time what the code says of them", () => {
  const beam = erlang(
    "chosen",
    `-export([a/1, b/2, c/1, d/2, e/1, f/3, g/2]).
a(M) -> M:go(1, 2), ok.
b(M, F) -> M:F().
c(F) -> lists:F(1).
d(F, Args) -> apply(lists, F, Args).
e(Args) -> spawn(lists, reverse, Args).
f(M, F, A) -> timer:apply_after(10, M, F, A).
g(M, X) -> F = fun M:go/1, F(X).
`,
  );
  expect(dynamic(findCallSites(beam, ALL))).toEqual([
    "a/1 -> _:go/2",
    "b/2 -> _:_/0",
    "c/1 -> lists:_/1",
    "d/2 -> lists:_/_",
    "e/1 -> lists:reverse/_",
    "f/3 -> _:_/_",
    "g/2 -> _:go/1",
  ]);
});

test("findCallSites() takes no constant for an argument that another branch or a call may have changed", () => {
  const beam = erlang(
    "branches",
    `-export([a/2, b/1]).
a(X, Args) -> M = case X of 1 -> lists; 2 -> gone; Y -> Y end, spawn(M, reverse, Args).
b(Args) -> M = other:module(lists), spawn(M, reverse, [Args]).
`,
  );
  expect(dynamic(findCallSites(beam, ALL))).toEqual(["a/2 -> _:reverse/_", "b/1 -> _:reverse/1"]);
});

test("findCallSites() gives constant arguments", () => {
  const beam = erlang(
    "constants",
    `-export([a/1, b/2]).
a(F) -> file:open(F, [read, {encoding, utf8}]).
b(F, Modes) -> file:open(F, Modes).
`,
  );
  const found = findCallSites(beam, ({ name }) => name === "open").sites;
  const shown = found.map((site) =>
    site.arguments.map((term) => (term === undefined ? "_" : formatTerm(term, "erlang", { maxLength: 80 }))),
  );
  expect(shown).toEqual([
    ["_", "[read,{encoding,utf8}]"],
    ["_", "_"],
  ]);
});

test("findCallSites() tells which functions catch undef, and which modules are asked for", () => {
  const beam = erlang(
    "careful",
    `-export([a/0, b/0, c/0, d/0, e/1]).
a() -> try gone:a() catch error:undef -> none end.
b() -> case catch gone:b() of {'EXIT', {undef, _}} -> none; X -> X end.
c() -> try gone:c() catch throw:T -> T end.
d() -> case code:ensure_loaded(optional) of {module, _} -> optional:d(); _ -> undef end.
e(M) -> erlang:function_exported(other, f, 1) andalso code:which(M).
`,
  );
  const found = findCallSites(beam, ({ module }) => module === "gone" || module === "optional");
  expect(found.sites.map(({ called, caller }) => [called.name, caller.catchesUndefined])).toEqual([
    ["a", true],
    ["b", true],
    ["c", false],
    ["d", false],
  ]);
  expect([...found.askedFor].toSorted()).toEqual(["optional", "other"]);
});

test("findCallSites() reads the code of Elixir: captures, fields, pipes into unknown modules", () => {
  const [file = ""] = compileElixir(
    folder,
    `defmodule Calling do
  def a(list), do: Enum.map(list, &Gone.f/1)
  def b(x), do: x.field
  def c(mod, fun, args), do: apply(mod, fun, args)
  def d(mod), do: mod.go(1)
  def e(), do: if(Code.ensure_loaded?(Jason), do: Jason.encode!(1))
  def f(x), do: "#{x}"
  def g(), do: Task.async(Gone, :run, [1, 2])
  def h(agent), do: Agent.update(agent, Gone, :put, [1])
end
`,
  );
  const found = findCallSites(parseBeam(readFileSync(file)), ({ module }) => /Gone|Jason|Chars/.test(module));
  expect(sites(found)).toEqual([
    "a/1 -> Elixir.Gone:f/1",
    "e/0 -> Elixir.Jason:encode!/1",
    "f/1 -> Elixir.String.Chars:to_string/1",
    "g/0 -> Elixir.Gone:run/2",
    "h/1 -> Elixir.Gone:put/2",
  ]);
  expect(dynamic(found)).toEqual(["b/1 -> _:field/0", "c/3 -> _:_/_", "d/1 -> _:go/1"]);
  expect([...found.askedFor]).toEqual(["Elixir.Jason"]);
});

test("findCallSites() ends at instructions that are newer than it knows, and says so", () => {
  const beam = erlang("newer", "-export([a/0]).\na() -> gone:a().\n");
  const header = Buffer.from(beam.chunks.get("Code") ?? []).subarray(0, 20);
  const chunks = new Map(beam.chunks).set("Code", Buffer.concat([header, Buffer.from([250, 1])]));
  expect(findCallSites({ ...beam, chunks }, ALL)).toMatchObject({ sites: [], isCutShort: true });
  expect(findCallSites(beam, ALL).isCutShort).toBe(false);
});

test("decodeLines() gives the lines of calls, of Erlang and of Elixir, and of included files", () => {
  writeFileSync(join(folder, "lines.hrl"), "\n\nincluded(X) -> gone:included(X), ok.\n");
  const beam = erlang(
    "lines",
    '-export([a/1, included/1]).\n\na(X) ->\n  gone:first(X),\n  gone:second(X), ok.\n-include("lines.hrl").\n',
  );
  expect(linesOf(beam)).toEqual({
    "gone:first/1": "lines.erl:5",
    "gone:second/1": "lines.erl:6",
    "gone:included/1": "lines.hrl:3",
  });
  const [file = ""] = compileElixir(
    folder,
    "defmodule Lines do\n  def a(x) do\n    Gone.first(x)\n    :ok\n  end\nend\n",
  );
  expect(linesOf(parseBeam(readFileSync(file)))).toEqual({
    "Elixir.Gone:first/1": expect.stringMatching(/\.ex:3$/) as string,
  });
});

function linesOf(beam: BeamFile): Record<string, string> {
  const lines = decodeLines(beam.chunks.get("Line") ?? new Uint8Array(), beam.module);
  const found = findCallSites(beam, ({ module }) => /gone/i.test(module)).sites.map(({ called, line }) => {
    const at = lines[line - 1];
    return [callKey(called), `${basename(at?.file ?? "")}:${at?.line}`] as const;
  });
  return Object.fromEntries(found);
}

test("findCallSites() finds what OTP's disassembler finds, in the code of Erlang and Elixir", () => {
  const files = [...provided.files]
    .filter(([, file]) => /^(kernel|stdlib|elixir|logger|eex|inets)/.test(basename(dirname(dirname(file)))))
    .map(([, file]) => file);
  expect(files.length).toBeGreaterThan(300);
  const list = join(folder, "list");
  writeFileSync(list, files.join("\n"));
  execFileSync("escript", [
    join(import.meta.dirname, "../fixtures/beam/calls.escript"),
    list,
    join(folder, "calls"),
  ]);
  const facts = listOf(decodeTerm(readFileSync(join(folder, "calls"))));
  for (const [index, file] of files.entries()) {
    const beam = parseBeam(readFileSync(file));
    const found = findCallSites(beam, ALL);
    const said = callsByFunction(facts[index]);
    const own = new Map<string, Set<string>>();
    for (const { caller, called } of found.sites) {
      const key = `${caller.name}/${caller.arity}`;
      own.set(key, (own.get(key) ?? new Set()).add(callKey(called)));
    }
    const dynamicCallers = new Set(found.dynamic.map(({ caller }) => `${caller.name}/${caller.arity}`));
    expect(said.size, file).toBe(beam.exports.length + beam.locals.length);
    for (const [key, { called, applies }] of said) {
      for (const one of called) expect(own.get(key), `${file} ${key}`).toContain(one);
      if (applies) expect(dynamicCallers, `${file} ${key}`).toContain(key);
    }
    // Nothing that the disassembler does not know, but for BIFs, funs and what is spawned.
    const imported = new Set(beam.imports.map(callKey));
    const funs = new Set(funsOf(beam));
    for (const [key, called] of own) {
      for (const one of called) {
        if (!imported.has(one) || one.startsWith("erlang:") || funs.has(one)) continue;
        expect(said.get(key)?.called, `${file} ${key} ${one}`).toContain(one);
      }
    }
  }
});

test("findCallSites() reads all code of Erlang and Elixir to its end", () => {
  for (const module of provided.files.keys()) {
    expect(findCallSites(provided.load(module).beam, ALL).isCutShort, module).toBe(false);
  }
});

test("KNOWN_FOR_NAMES names functions that Erlang and Elixir have", () => {
  // Of newer releases than some that tests run on.
  const newer = ["timer:tc/4", "timer:apply_repeatedly/4", "Elixir.Code:loaded?/1"];
  const missing = KNOWN_FOR_NAMES.filter((key) => {
    const [, module = "", name = "", arity = ""] = /^(.*):(.*)\/(\d+)$/.exec(key) ?? [];
    if (!provided.files.has(module)) return true;
    const { exports } = provided.load(module).beam;
    return !exports.some((one) => one.name === name && one.arity === Number(arity));
  });
  expect(missing.filter((key) => !newer.includes(key))).toEqual([]);
});

function funsOf({ chunks }: BeamFile): string[] {
  const literals = chunks.get("LitT");
  const funs = literals === undefined ? [] : [...functionsOfLiterals(literals).values()].flat();
  return funs.map(({ module, function: name, arity }) => callKey({ module, name, arity }));
}

interface CallsOfFunction {
  readonly called: readonly string[];
  readonly applies: boolean;
}

function callsByFunction(fact: Term | undefined): Map<string, CallsOfFunction> {
  return new Map(
    listOf(fact).map((term) => {
      const [name, arity, called, applies] = elementsOf(term);
      const keys = listOf(called).map((one) => {
        const [module, calledName, calledArity] = elementsOf(one);
        return `${nameOf(module)}:${nameOf(calledName)}/${numberOf(calledArity)}`;
      });
      return [`${nameOf(name)}/${numberOf(arity)}`, { called: keys, applies: nameOf(applies) === "true" }];
    }),
  );
}

function elementsOf(term: Term | undefined): readonly Term[] {
  if (!(term instanceof Tuple)) throw new Error("no tuple");
  return term.elements;
}

function listOf(term: Term | undefined): readonly Term[] {
  if (!Array.isArray(term)) throw new Error("no list");
  return term as readonly Term[];
}

function numberOf(term: Term | undefined): number {
  if (typeof term !== "number") throw new Error("no number");
  return term;
}

function nameOf(term: Term | undefined): string {
  if (!(term instanceof Atom)) throw new Error("no atom");
  return term.name;
}
