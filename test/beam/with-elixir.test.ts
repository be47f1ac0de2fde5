import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openModuleSource } from "../../src/beam/code-paths.ts";
import { installedElixir } from "../../src/beam/elixir-library.ts";
import { findElixir } from "../../src/beam/installation.ts";
import { parseBeam } from "../../src/beam/parse-beam.ts";
import type { ModuleSource, ShippedModule } from "../../src/engine/module-source.ts";
import { compileElixir, compileErlang, compileProject, consolidateProtocols } from "./compiled-project.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

temporaryCache();
const folder = temporaryFolder();
const signal = AbortSignal.timeout(120_000);
let ebin = "";
let erlang = "";
let version = "";
let elixirEbin = "";

beforeAll(async () => {
  ebin = compileProject(join(folder, "project"));
  erlang = join(folder, "erlang");
  mkdirSync(erlang);
  const modules = {
    names_applications: "f() -> [elixir, iex, logger, mix].",
    calls_elixir: "f() -> elixir_utils:characters_to_list(<<>>).",
    names_module: "f() -> ['Elixir.Version'].",
    calls_nothing: "f() -> lists:reverse([names_applications]).",
  };
  for (const [module, text] of Object.entries(modules)) {
    compileErlang({ folder: erlang, module, text: `-module(${module}).\n-export([f/0]).\n${text}\n` });
  }
  const elixir = await findElixir(signal);
  version = elixir?.version ?? "";
  elixirEbin = join(elixir?.libraryFolder ?? "", "elixir", "ebin");
});

function open(...paths: readonly string[]): Promise<ModuleSource> {
  return openModuleSource({ paths, signal }).then((source) => source.withElixir());
}

function names(modules: readonly ShippedModule[]): string[] {
  return modules.map(({ name }) => name);
}

function elixirs(modules: readonly ShippedModule[]): string[] {
  return names(modules.filter(({ elixir }) => elixir !== null));
}

test("withElixir() adds what modules need of Elixir to their closure, with version and reason", async () => {
  const plain = await openModuleSource({ paths: [ebin], signal });
  const source = await plain.withElixir();
  const closure = source.closure(["Elixir.Fixture.Report"]);
  const own = plain.closure(["Elixir.Fixture.Report"]);
  expect(elixirs(own)).toEqual([]);
  expect(names(closure.filter(({ elixir }) => elixir === null)).toSorted()).toEqual(names(own).toSorted());
  const genServer = closure.find(({ name }) => name === "Elixir.GenServer");
  expect(genServer).toMatchObject({
    elixir: version,
    file: join(elixirEbin, "Elixir.GenServer.beam"),
    neededBy: "Elixir.Fixture.Counter",
    reason: { type: "imports", functions: expect.arrayContaining(["start_link/2", "call/2"]) },
  });
  // Stripped as all others.
  expect([...parseBeam(genServer?.binary ?? new Uint8Array()).chunks.keys()]).not.toContain("Dbgi");
});

test("withElixir() computes the closure of the same modules once, whatever the number of hosts", async () => {
  const plain = await openModuleSource({ paths: [ebin], signal });
  const [one, other] = await Promise.all([plain.withElixir(), plain.withElixir()]);
  expect(one.closure(["Elixir.Fixture.Report"])).toBe(other.closure(["Elixir.Fixture.Report"]));
});

test("withElixir() takes all that Elixir's modules call of the application elixir, and its processes", async () => {
  const closure = (await open(ebin)).closure(["Elixir.Fixture.Report"]);
  const found = new Set(names(closure));
  const library = await installedElixir(signal);
  const called = elixirs(closure).flatMap((name) => library?.store?.load(name).beam.imports ?? []);
  const missing = called.map(({ module }) => module).filter((module) => !found.has(module));
  // All others are Erlang's, or those of IEx and Logger, which Elixir does without.
  const isOwn = (module: string): boolean => dirname(library?.store?.files.get(module) ?? "") === elixirEbin;
  expect(missing.filter(isOwn)).toEqual([]);
  expect([...found]).toEqual(expect.arrayContaining(["elixir", "elixir_sup", "elixir_config"]));
  // Only the environment of the application names it.
  expect([...found]).toContain("Elixir.Calendar.UTCOnlyTimeZoneDatabase");
  expect([...found].filter((name) => /^Elixir\.(IEx|Logger|Mix|ExUnit|EEx)\b/.test(name))).toEqual([]);
});

test("withElixir() takes the implementations of Elixir's protocols that Elixir finds for what is there", async () => {
  const closure = (await open(ebin)).closure(["Elixir.Fixture.Report"]);
  const found = new Set(names(closure));
  const script = `
    for protocol <- [Enumerable, Collectable, Inspect, String.Chars, List.Chars],
        target <- Protocol.extract_impls(protocol, [:code.lib_dir(:elixir, :ebin)]),
        do: IO.puts("#{protocol} #{target}")`;
  const implementations = execFileSync("elixir", ["-e", script], { encoding: "utf8" }).trim().split("\n");
  const builtIn = /^Elixir\.(Atom|BitString|Float|Function|Integer|List|Map|PID|Port|Reference|Tuple|Any)$/;
  const expected = implementations
    .map((line) => line.split(" ") as [protocol: string, target: string])
    .filter(([, target]) => builtIn.test(target) || found.has(target))
    .map(([protocol, target]) => `${protocol}.${target.slice("Elixir.".length)}`);
  expect(expected.length).toBeGreaterThan(40);
  expect(expected.filter((module) => !found.has(module))).toEqual([]);
  expect(closure.find(({ name }) => name === "Elixir.Enumerable.Map")?.reason).toEqual({
    type: "protocol_implementation",
    protocol: "Elixir.Enumerable",
    target: "Elixir.Map",
  });
});

test("withElixir() gives the main module of Elixir the resource that starts it, and no other module", async () => {
  const closure = (await open(ebin)).closure(["Elixir.Fixture.Report"]);
  const started = closure.filter(({ application }) => application !== undefined);
  expect(names(started)).toEqual(["elixir"]);
  const library = await installedElixir(signal);
  expect(started[0]?.application).toEqual(library?.resource);
});

test("withElixir() has Elixir's modules for calls straight into it, and their closure", async () => {
  const source = await open(erlang);
  expect(source.has("Elixir.String")).toBe(true);
  expect(source.has("elixir")).toBe(false);
  expect(source.has("Elixir.Strin")).toBe(false);
  const closure = source.closure(["Elixir.String"]);
  expect(closure.find(({ name }) => name === "Elixir.String")).toMatchObject({
    neededBy: null,
    elixir: version,
  });
  expect(names(closure)).toContain("elixir");
  const eex = elixirs(source.closure(["Elixir.EEx"]));
  expect(eex).toEqual(expect.arrayContaining(["Elixir.EEx.Compiler", "Elixir.Code"]));
});

test("withElixir() takes the name of an application for no module, and a call for one", async () => {
  const source = await open(erlang);
  expect(names(source.closure(["names_applications"]))).toEqual(["names_applications"]);
  expect(names(source.closure(["calls_nothing"])).toSorted()).toEqual([
    "calls_nothing",
    "names_applications",
  ]);
  expect(elixirs(source.closure(["calls_elixir"]))).toContain("elixir_utils");
  expect(elixirs(source.closure(["names_module"]))).toContain("Elixir.Version");
});

test("withElixir() takes Elixir from the code paths where they hold it", async () => {
  const copy = join(folder, "release", "lib", "elixir-9.9.9", "ebin");
  mkdirSync(copy, { recursive: true });
  execFileSync("cp", ["-r", `${elixirEbin}/.`, copy]);
  execFileSync("sed", ["-i", `s/{vsn,"${version}"}/{vsn,"9.9.9"}/`, join(copy, "elixir.app")]);
  const source = await open(ebin, copy);
  const closure = source.closure(["Elixir.Fixture.Report"]);
  const found = closure.filter(({ name }) => ["elixir", "Elixir.GenServer"].includes(name));
  expect(found.map(({ file, elixir }) => [dirname(file), elixir])).toEqual([
    [copy, "9.9.9"],
    [copy, "9.9.9"],
  ]);
  expect(elixirs(closure).toSorted()).toEqual(
    elixirs((await open(ebin)).closure(["Elixir.Fixture.Report"])).toSorted(),
  );
});

test("withElixir() takes the protocols of Elixir that a project has consolidated, and no more for their sake", async () => {
  const project = join(folder, "consolidates");
  const own = join(project, "ebin");
  mkdirSync(own, { recursive: true });
  const text = `defmodule UsesProtocols do
  def f, do: {Enum.map(MapSet.new([1, 2]), &(&1 + 1)), inspect(1..2), "#{12}"}
end`;
  for (const file of compileElixir(folder, text)) copyFileSync(file, join(own, basename(file)));
  const source = await open(own, consolidateProtocols(own));
  const closure = source.closure(["Elixir.UsesProtocols"]);
  const enumerable = closure.find(({ name }) => name === "Elixir.Enumerable");
  expect(enumerable?.file).toBe(join(project, "consolidated", "Elixir.Enumerable.beam"));
  expect(names(closure)).not.toContain("Elixir.Mix");
  const shipped = join(folder, "consolidated-closure");
  mkdirSync(shipped);
  for (const { name, binary } of closure) writeFileSync(join(shipped, `${name}.beam`), binary);
  const script = `io:format("~w", ['Elixir.UsesProtocols':f()]), halt().`;
  const printed = execFileSync("erl", ["-noshell", "-pa", ".", "-eval", script], {
    cwd: shipped,
    encoding: "utf8",
  });
  expect(printed).toBe("{[2,3],<<49,46,46,50>>,<<49,50>>}");
});

test("withElixir() has the applications of Elixir for those that need them", async () => {
  const app = join(folder, "needy", "ebin");
  mkdirSync(app, { recursive: true });
  writeFileSync(join(app, "needy.app"), "{application, needy, [{applications, [kernel, elixir, logger]}]}.");
  compileErlang({ folder: app, module: "needy", text: "-module(needy).\n-export([f/0]).\nf() -> ok.\n" });
  const plain = await openModuleSource({ paths: [app], signal });
  expect([...(await plain.application("needy")).applications.keys()]).toEqual(["needy"]);
  const source = await plain.withElixir();
  const { applications } = await source.application("needy");
  expect([...applications.keys()].toSorted()).toEqual(["elixir", "logger", "needy"]);
  const closure = source.closureOfApplications([...applications.values()]);
  expect(closure.find(({ name }) => name === "Elixir.Logger")).toMatchObject({
    elixir: version,
    reason: { type: "application", application: "logger" },
  });
  expect(await source.providedApplications(["stdlib", "elixir", "logger"])).toEqual(new Set(["stdlib"]));
});

test("withElixir() refuses modules that need Elixir where there is none, and no others", async () => {
  const none = await openModuleSource({ paths: [ebin, erlang], elixir: async () => undefined, signal });
  const source = await none.withElixir();
  expect(() => source.closure(["Elixir.Fixture.Report"])).toThrow(
    expect.objectContaining({
      code: "ELIXIR_NOT_FOUND",
      message: expect.stringMatching(
        /^Cannot ship Fixture\.\w+ to a host that has only Erlang: it calls \w+/,
      ),
    }),
  );
  expect(names(source.closure(["Elixir.Fixture.Plugin"]))).toEqual(["Elixir.Fixture.Plugin"]);
  expect(names(source.closure(["names_module"]))).toEqual(["names_module"]);
  expect(source.has("Elixir.String")).toBe(false);
});

test("withElixir() knows inline code that is compiled after it", async () => {
  const source = await open(erlang);
  const location = { file: join(folder, "play.yml"), line: 1, column: 1 };
  const code = { language: "elixir", source: "String.upcase(text)", variables: ["text"] } as const;
  const locate = (): undefined => undefined;
  const module = await source.compileInline({ ...code, isTemplate: false, location, locate }, signal);
  expect(elixirs(source.closure([module]))).toContain("Elixir.String");
});
