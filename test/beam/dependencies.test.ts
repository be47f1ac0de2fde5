import { cpSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openModuleSource, type CodePathSource } from "../../src/beam/code-paths.ts";
import type { Dependencies, Need } from "../../src/beam/dependencies.ts";
import { readChunks, writeChunks } from "../../src/beam/iff.ts";
import { providedModules } from "../../src/beam/provided-modules.ts";
import type { NeedReason } from "../../src/engine/module-source.ts";
import { compileProject, consolidateProtocols } from "./compiled-project.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

temporaryCache();
const folder = temporaryFolder();
const signal = AbortSignal.timeout(120_000);
let ebin = "";
let consolidated = "";

beforeAll(() => {
  ebin = compileProject(join(folder, "plain"));
  cpSync(join(folder, "plain"), join(folder, "other"), { recursive: true });
  consolidated = consolidateProtocols(join(folder, "other", "ebin"));
});

function open(...paths: readonly string[]): Promise<CodePathSource> {
  return openModuleSource({ paths, signal });
}

/** Why `module` needs `needed`; undefined if it does not. */
function reason({ modules }: Dependencies, module: string, needed: string): NeedReason | undefined {
  const needs = modules.find(({ name }) => name === module)?.needs ?? [];
  return needs.find((need) => need.module === needed)?.reason;
}

function names({ modules }: Dependencies): string[] {
  return modules.map(({ name }) => name);
}

const SIZE = "Elixir.Fixture.Measurable";

test("dependencies() gives the reason of every need: calls", async () => {
  const found = await (await open(ebin)).dependencies(["Elixir.Fixture.Report"]);
  expect(reason(found, "Elixir.Fixture.Report", "Elixir.Fixture.Counter")).toEqual({
    type: "imports",
    functions: ["start_link/1", "next/1"],
  });
  expect(reason(found, "fixture_carry", "fixture_math")).toEqual({ type: "imports", functions: ["add/2"] });
});

test("dependencies() gives the reason of every need: behaviours, in both spellings", async () => {
  const found = await (await open(ebin)).dependencies(["Elixir.Fixture.Plugin.Upcase", "fixture_worker"]);
  expect(reason(found, "Elixir.Fixture.Plugin.Upcase", "Elixir.Fixture.Plugin")).toEqual({
    type: "behaviour",
  });
  expect(reason(found, "fixture_worker", "fixture_handler")).toEqual({ type: "behaviour" });
});

test("dependencies() gives the reason of every need: names in code, literals and attributes", async () => {
  const found = await (
    await open(ebin)
  ).dependencies(["Elixir.Fixture.Pipeline", "Elixir.Fixture.Report", "fixture_worker"]);
  const where = (module: string, needed: string): unknown => reason(found, module, needed);
  // What a macro left.
  expect(where("Elixir.Fixture.Pipeline", "Elixir.Fixture.Plugin.Upcase")).toEqual({
    type: "atom",
    where: "literal",
  });
  expect(where("Elixir.Fixture.Report", "Elixir.Fixture.Folder")).toEqual({ type: "atom", where: "literal" });
  expect(where("Elixir.Fixture.Measurable.Fixture.Folder", "Elixir.Fixture.Folder")).toEqual({
    type: "atom",
    where: "code",
  });
  expect(where("fixture_worker", "fixture_step")).toEqual({ type: "atom", where: "attribute" });
  expect(where("fixture_worker", "fixture_carry")).toEqual({ type: "atom", where: "literal" });
  // The macro itself is not needed when the code runs.
  expect(names(found)).not.toContain("Elixir.Fixture.Pipeline.Builder");
});

test("dependencies() gives the reason of every need: implementations of protocols", async () => {
  const found = await (await open(ebin)).dependencies(["Elixir.Fixture.Report"]);
  const folderSize = { type: "protocol_implementation", protocol: SIZE, target: "Elixir.Fixture.Folder" };
  expect(reason(found, SIZE, `${SIZE}.Fixture.Folder`)).toEqual(folderSize);
  expect(reason(found, "Elixir.Fixture.Folder", `${SIZE}.Fixture.Folder`)).toEqual(folderSize);
  expect(reason(found, SIZE, `${SIZE}.List`)).toEqual({ ...folderSize, target: "Elixir.List" });
  expect(reason(found, "Elixir.Fixture.Folder", "Elixir.String.Chars.Fixture.Folder")).toEqual({
    type: "protocol_implementation",
    protocol: "Elixir.String.Chars",
    target: "Elixir.Fixture.Folder",
  });
  expect(names(found)).not.toContain(`${SIZE}.Fixture.Unused`);
});

test("dependencies() names the reason for which a module was brought in, and none for what was asked for", async () => {
  const found = await (await open(ebin)).dependencies(["Elixir.Fixture.Report"]);
  for (const { name, neededBy, reason: first } of found.modules) {
    if (neededBy === null) expect([name, first]).toEqual(["Elixir.Fixture.Report", null]);
    else expect(first, name).toEqual(reason(found, neededBy, name));
  }
});

test("dependencies() has the same implementations and reasons where protocols are consolidated", async () => {
  const found = await (await open(join(consolidated, "..", "ebin"))).dependencies(["Elixir.Fixture.Shelf"]);
  const protocol = "Elixir.Fixture.Labelled";
  expect(found.modules.find(({ name }) => name === protocol)?.file).toBe(
    join(consolidated, `${protocol}.beam`),
  );
  const plain = await (await open(ebin)).dependencies(["Elixir.Fixture.Shelf"]);
  expect(names(found).sort()).toEqual(names(plain).sort());
  for (const of of [found, plain]) {
    // A struct that derives the protocol has an implementation that hands on to the one for Any.
    expect(reason(of, protocol, `${protocol}.Fixture.Box`)).toEqual({
      type: "protocol_implementation",
      protocol,
      target: "Elixir.Fixture.Box",
    });
    expect(reason(of, protocol, `${protocol}.Any`)).toEqual({
      type: "protocol_implementation",
      protocol,
      target: "Elixir.Any",
    });
    expect(reason(of, `${protocol}.Fixture.Box`, `${protocol}.Any`)).toEqual({ type: "atom", where: "code" });
  }
});

test("dependencies() leaves out what Erlang and Elixir provide, also where the code paths hold it", async () => {
  const { files } = await providedModules(signal);
  const elixir = dirname(files.get("Elixir.Enum") ?? "");
  const source = await open(ebin, elixir, consolidated);
  const found = await source.dependencies(["Elixir.Fixture.Report", "Elixir.Enum", "lists"]);
  const alone = await (await open(ebin)).dependencies(["Elixir.Fixture.Report"]);
  expect(found.roots).toEqual(["Elixir.Fixture.Report"]);
  expect(names(found).filter((name) => files.has(name))).toEqual([]);
  // The consolidated protocol names all of its implementations.
  expect(names(found)).toEqual(expect.arrayContaining(names(alone)));
  expect(found.provided).toEqual(expect.arrayContaining(["Elixir.Enum", "lists"]));
  expect(await source.whereIs("Elixir.Enum")).toBe("provided");
  expect(await source.whereIs("Elixir.Fixture.Report")).toBe("code_path");
});

test("dependencies() tells which modules of Erlang and Elixir are needed, without everyday words", async () => {
  const found = await (await open(ebin)).dependencies(["Elixir.Fixture.Counter", "fixture_carry"]);
  const provided = (module: string): readonly Need[] =>
    found.modules.find(({ name }) => name === module)?.needsProvided ?? [];
  expect(provided("Elixir.Fixture.Counter")).toContainEqual({
    module: "Elixir.GenServer",
    reason: { type: "imports", functions: ["call/2", "start_link/2"] },
  });
  expect(provided("fixture_carry")).toContainEqual({ module: "gen_event", reason: { type: "behaviour" } });
  // `init` is a function of the behaviour, and a module of Erlang as well.
  expect(found.provided).not.toContain("init");
  expect(found.provided).toEqual(expect.arrayContaining(["Elixir.GenServer", "erlang", "gen_event"]));
});

test("dependencies() gives the sizes of files and of what is shipped", async () => {
  const { modules } = await (await open(ebin)).dependencies(["fixture_math"]);
  for (const { name, fileBytes, binary } of modules) {
    expect(fileBytes).toBe(statSync(join(ebin, `${name}.beam`)).size);
    expect(binary.length).toBeLessThan(fileBytes);
  }
});

test("dependencies() says which module is nowhere, and which may have been meant, be it one of Elixir", async () => {
  const source = await open(ebin);
  await expect(source.dependencies(["Elixir.Fixture.Repotr"])).rejects.toMatchObject({
    code: "MODULE_NOT_FOUND",
    hint: "Did you mean Fixture.Report?",
  });
  await expect(source.whereIs("Elixir.GenSevrer")).rejects.toMatchObject({ hint: "Did you mean GenServer?" });
});

test("dependencies() reads files that are larger than most", async () => {
  const large = join(folder, "large");
  mkdirSync(large);
  copyFileSync(join(ebin, "fixture_carry.beam"), join(large, "fixture_carry.beam"));
  const chunks = readChunks(readFileSync(join(ebin, "fixture_math.beam")));
  for (const size of [131_072, 700_001]) {
    const file = join(large, "fixture_math.beam");
    writeFileSync(file, writeChunks(new Map([...chunks, ["Docs", Buffer.alloc(size, "x")]])));
    const { modules } = await (await open(large)).dependencies(["fixture_carry"]);
    expect(modules.map(({ name, fileBytes }) => [name, fileBytes])).toContainEqual([
      "fixture_math",
      statSync(file).size,
    ]);
  }
});

test("modulesOfSource() gives the modules of one source, not those of others", async () => {
  const project = join(import.meta.dirname, "../fixtures/beam/project");
  const source = await open(join(project, "lib/*.ex"), join(project, "src/fixture_{math,carry}.erl"));
  expect(source.modulesOfSource(join(project, "lib/counter.ex"))).toEqual(["Elixir.Fixture.Counter"]);
  expect(source.modulesOfSource(join(project, "src/fixture_math.erl"))).toEqual(["fixture_math"]);
  expect(source.modulesOfSource(join(project, "lib/plugin.ex"))).toEqual([
    "Elixir.Fixture.Pipeline",
    "Elixir.Fixture.Pipeline.Builder",
    "Elixir.Fixture.Plugin",
    "Elixir.Fixture.Plugin.Upcase",
  ]);
});
