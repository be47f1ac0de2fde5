import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openModuleSource, type CodePathSource } from "../../src/beam/code-paths.ts";
import { readChunks } from "../../src/beam/iff.ts";
import { PROJECT } from "./compiled-project.ts";
import { countingPrograms, withPath, written } from "./programs.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

const cache = temporaryCache();
const home = process.env["XDG_CACHE_HOME"];

function open(...paths: readonly string[]): Promise<CodePathSource> {
  return openModuleSource({ paths, signal: AbortSignal.timeout(60_000) });
}

test("openModuleSource() compiles sources that need each other, one start for each language, then none", async () => {
  const { path, starts } = countingPrograms();
  const paths = [join(PROJECT, "lib/*.ex"), join(PROJECT, "src/*.erl")];
  await withPath(`${path}:${process.env["PATH"]}`, async () => {
    const source = await open(...paths);
    const closure = source.closure(["Elixir.Fixture.Report"]);
    expect(closure).toHaveLength(9);
    expect(closure.find(({ name }) => name === "fixture_math")?.file).toBe(
      join(PROJECT, "src/fixture_math.erl"),
    );
    expect(closure.at(-1)?.file).toBe(join(PROJECT, "lib/implementations.ex"));
    const compilers = (): string[] => starts().filter((name) => name.endsWith(" compiles"));
    expect(compilers()).toEqual(["erl compiles", "elixir compiles"]);
    await open(...paths);
    expect(compilers()).toEqual(["erl compiles", "elixir compiles"]);
  });
});

test("openModuleSource() compiles again what was changed: a source, a header, a module it is compiled against", async () => {
  const path = written({
    "one.erl": '-module(one).\n-export([n/0]).\n-include("one.hrl").\nn() -> ?N.\n',
    "one.hrl": "-define(N, 1).\n",
  });
  const md5 = async (): Promise<string | undefined> =>
    (await open(join(path, "one.erl"))).closure(["one"])[0]?.md5;
  const first = await md5();
  writeFileSync(join(path, "one.hrl"), "-define(N, 2).\n");
  const second = await md5();
  writeFileSync(join(path, "one.erl"), "-module(one).\n-export([n/0]).\nn() -> 3.\n");
  expect(new Set([first, second, await md5()]).size).toBe(3);

  const macros = written({ "macros.ex": "defmodule Macros do\n defmacro n, do: 1\nend\n" });
  const compileMacros = (): Buffer => execFileSync("elixirc", ["-o", macros, join(macros, "macros.ex")]);
  compileMacros();
  const user = written({ "user.ex": "defmodule User do\n require Macros\n def n, do: Macros.n()\nend\n" });
  const userMd5 = async (): Promise<string | undefined> =>
    (await open(macros, join(user, "user.ex"))).closure(["Elixir.User"]).at(-1)?.md5;
  const before = await userMd5();
  writeFileSync(join(macros, "macros.ex"), "defmodule Macros do\n defmacro n, do: 2\nend\n");
  compileMacros();
  utimesSync(join(macros, "Elixir.Macros.beam"), new Date(), new Date());
  expect(await userMd5()).not.toBe(before);
});

test("openModuleSource() compiles again what reads a file that was changed, wherever that is", async () => {
  const path = written({});
  mkdirSync(join(path, "src/deep"), { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(path, name), text);
  write(
    "src/reader.erl",
    '-module(reader).\n-export([n/0]).\n-include("deep/größe.hrl").\n-include_lib("kernel/include/file.hrl").\nn() -> ?N.\n',
  );
  write("src/deep/größe.hrl", '-include("../more.hrl").\n-define(N, {?MORE, 1}).\n');
  write("src/more.hrl", "-define(MORE, 1).\n");
  write("text.txt", "1");
  write(
    "src/reader.ex",
    'defmodule Reader do\n path = Path.join(__DIR__, "../text.txt")\n @external_resource path\n @text File.read!(path)\n def n, do: @text\nend\n',
  );
  const { path: programs, starts } = countingPrograms();
  await withPath(`${programs}:${process.env["PATH"]}`, async () => {
    const compilers = (): number => starts().filter((name) => name.endsWith(" compiles")).length;
    const shipped = async (): Promise<string> => {
      const closure = (await open(join(path, "src/reader.*"))).closure(["reader", "Elixir.Reader"]);
      return closure.map(({ md5 }) => md5).join();
    };
    const first = await shipped();
    expect(await shipped()).toBe(first);
    expect(compilers()).toBe(2);
    write("src/more.hrl", "-define(MORE, 2).\n");
    const second = await shipped();
    expect(second).not.toBe(first);
    // Elixir is compiled against what Erlang became.
    expect(compilers()).toBe(4);
    write("text.txt", "2");
    expect([first, second]).not.toContain(await shipped());
    expect(compilers()).toBe(5);
  });
});

test("openModuleSource() takes a module from the entry that comes first, also where one is a source", async () => {
  const build = written({});
  const source = written({ "twice.erl": "-module(twice).\n-export([new/0]).\nnew() -> ok.\n" });
  const old = written({ "twice.erl": "-module(twice).\n-export([old/0]).\nold() -> ok.\n" });
  execFileSync("erlc", ["-o", build, join(old, "twice.erl")]);
  const sourceFirst = await open(join(source, "twice.erl"), build);
  expect(await sourceFirst.checkCall({ module: "twice", name: "new", arity: 0 })).toBe("found");
  const buildFirst = await open(build, join(source, "twice.erl"));
  expect(await buildFirst.checkCall({ module: "twice", name: "old", arity: 0 })).toBe("found");
});

test("openModuleSource() takes a module from the first of the sources in Erlang that are called like it", async () => {
  const module = (of: string): string => `-module(dup).\n-export([${of}/0]).\n${of}() -> ok.\n`;
  const [first, second] = [written({ "dup.erl": module("a") }), written({ "dup.erl": module("b") })] as const;
  for (const [path, name, other] of [
    [first, "a", second],
    [second, "b", first],
  ] as const) {
    const source = await open(join(path, "dup.erl"), join(other, "dup.erl"));
    expect(await source.checkCall({ module: "dup", name, arity: 0 })).toBe("found");
    expect(source.closure(["dup"])[0]?.file).toBe(join(path, "dup.erl"));
    expect(source.modulesOfSource(join(other, "dup.erl"))).toEqual([]);
  }
});

test("openModuleSource() refuses a module that two sources in Elixir define, whichever is compiled first", async () => {
  // With others between them, the second is begun when the first has been compiled.
  const busy = Array.from({ length: 60 }, (_, at) => [`m${at}.ex`, "for _ <- 1..400_000, do: 1\n"] as const);
  for (const others of [[], busy]) {
    const path = written({
      "a.ex": "defmodule Dup do\n def a, do: 1\nend\n",
      ...Object.fromEntries(others),
      "z.ex": "defmodule Dup do\n def z, do: 1\nend\n",
    });
    await expect(open(join(path, "*.ex"))).rejects.toMatchObject({
      code: "COMPILE_FAILED",
      message: expect.stringMatching(
        /^Dup is defined by more than one source: a\.ex, z\.ex$|cannot define module Dup because/m,
      ) as string,
    });
  }
});

test("openModuleSource() lets a source in Elixir define a module again", async () => {
  const path = written({ "again.ex": "defmodule Again do\nend\ndefmodule Again do\n def n, do: 1\nend\n" });
  const source = await open(join(path, "again.ex"));
  expect(await source.checkCall({ module: "Elixir.Again", name: "n", arity: 0 })).toBe("found");
});

test("openModuleSource() compiles parse transforms and behaviours before what uses them, however they are called", async () => {
  const path = written({
    "a_user.erl":
      '-module(a_user).\n-include("options.hrl").\n-behaviour(y_behaviour).\n-export([f/0]).\nf() -> before.\n',
    "options.hrl": "-compile([nowarn_unused_vars, {parse_transform, z_transform}]).\n",
    "y_behaviour.erl": "-module(y_behaviour).\n-callback f() -> ok.\n-behavior(b_circle).\n",
    "b_circle.erl":
      "-module(b_circle).\n-behaviour(y_behaviour).\n-callback g() -> ok.\n-export([f/0]).\nf() -> ok.\n",
    "z_transform.erl":
      "-module(z_transform).\n-export([parse_transform/2]).\nparse_transform(Forms, _) ->\n" +
      " [case Form of {function, _, f, 0, _} -> erl_parse:anno_from_term({function, 1, f, 0, [{clause, 1, [], [], [{atom, 1, transformed}]}]}); _ -> Form end || Form <- Forms].\n",
  });
  const source = await open(join(path, "*.erl"));
  expect(Buffer.from(source.module("a_user")?.binary ?? []).toString("latin1")).toContain("transformed");
  // The behaviour in a circle has to be compiled before the other one is there, or after.
  expect(source.warnings.join()).not.toContain("a_user");
});

test("openModuleSource() knows what was compiled from which source, also where a link leads to them", async () => {
  const folders = [1, 2].map(() =>
    written({ "at_link.ex": "defmodule AtLink do\nend\n", "at_link.erl": "-module(at_link).\n" }),
  );
  const link = join(written({}), "link");
  for (const folder of folders) {
    rmSync(link, { force: true });
    symlinkSync(folder, link);
    const source = await open(join(link, "*"));
    expect(source.modulesOfSource(join(link, "at_link.ex"))).toEqual(["Elixir.AtLink"]);
    expect(source.modulesOfSource(join(link, "at_link.erl"))).toEqual(["at_link"]);
    expect(source.closure(["Elixir.AtLink"])[0]?.file).toBe(join(link, "at_link.ex"));
  }
});

test("openModuleSource() tells warnings, also those of what comes from the cache", async () => {
  const path = written({
    "warned.erl": "-module(warned).\n-export([a/1]).\na(Unused) -> ok.\n",
    "warned.ex": "defmodule Warned do\n  def a(unused), do: :ok\nend\n",
  });
  for (const _ of [1, 2]) {
    const { warnings } = await open(join(path, "*"));
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain("warned.erl:3");
    expect(warnings[1]).toContain("warned.ex:2");
  }
});

test("openModuleSource() says where a source is wrong, and leaves nothing behind", async () => {
  const erlang = written({ "bad.erl": "-module(bad).\n-export([a/0]).\na() -> b().\n" });
  await expect(open(join(erlang, "bad.erl"))).rejects.toMatchObject({
    code: "COMPILE_FAILED",
    message: expect.stringMatching(/bad\.erl":\n.*bad\.erl:3:8: function b\/0 undefined/) as string,
  });
  const elixir = written({ "bad.ex": "defmodule Bad do\n  def a, do: b()\nend\n" });
  await expect(open(join(elixir, "bad.ex"))).rejects.toMatchObject({
    code: "COMPILE_FAILED",
    message: expect.stringContaining("bad.ex:2: undefined function b/0") as string,
  });
  expect(readdirSync(cache).filter((name) => name.startsWith("compiling-"))).toEqual([]);
});

test("openModuleSource() keeps folders of this machine out of what is shipped", async () => {
  const path = written({
    "where.erl": "-module(where).\n-export([a/0]).\na() -> erlang:error(b).\n",
    "where.ex": 'defmodule Where do\n  def a, do: raise("b")\nend\n',
  });
  const source = await open(join(path, "*"));
  const inline = await source.compileInline(
    {
      language: "erlang",
      source: "erlang:error(a)",
      variables: [],
      isTemplate: false,
      location: { file: "site.yml", line: 3, column: 1 },
      locate: () => undefined,
    },
    AbortSignal.timeout(60_000),
  );
  for (const { name, binary } of source.closure(["where", "Elixir.Where", inline])) {
    expect(Buffer.from(binary).toString("latin1"), name).not.toContain(path);
    expect(Buffer.from(binary).toString("latin1"), name).not.toContain(cache);
    expect(readChunks(binary).has("Line"), name).toBe(true);
  }
});

test.each([
  ["a.ex", "Elixir"],
  ["a.erl", "Erlang"],
])("openModuleSource() says that the compiler for %s is missing", async (name, language) => {
  const path = written({ [name]: "" });
  const empty = written({});
  await withPath(empty, async () => {
    await expect(open(join(path, name))).rejects.toMatchObject({
      code: "COMPILER_NOT_FOUND",
      message: expect.stringContaining(`Cannot compile ${language} code: "`) as string,
      hint: expect.stringContaining("apt install") as string,
    });
  });
});

test("the cache holds what two runs at the same time compile, whole", async () => {
  const path = written({ "shared.erl": "-module(shared).\n-export([a/0]).\na() -> ok.\n" });
  const sources = await Promise.all([1, 2, 3].map(() => open(join(path, "shared.erl"))));
  const shipped = sources.map((source) => source.closure(["shared"])[0]?.md5);
  expect(new Set(shipped).size).toBe(1);
});

test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "openModuleSource() says so, when the disk of the cache folder is full",
  async () => {
    const mounted = temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "fusion-play-test", mounted]);
    process.env["XDG_CACHE_HOME"] = mounted;
    try {
      const text = randomBytes(200_000).toString("hex");
      const path = written({
        "large.erl": `-module(large).\n-export([text/0]).\ntext() -> "${text}".\n`,
        "large.ex": `defmodule Large do\n def text, do: "${text}"\nend\n`,
        "small.erl": "-module(small).\n-export([n/0]).\nn() -> 1.\n",
      });
      const full = {
        code: "FILE_UNREADABLE",
        message: expect.stringMatching(
          /^Cannot use the cache folder ".*": (ENOSPC: )?no space left on device(, .*)?$/,
        ),
        hint: expect.stringContaining("XDG_CACHE_HOME"),
      };
      // Those that the compilers cannot write, and what cannot be written here.
      await expect(open(join(path, "large.erl"))).rejects.toMatchObject(full);
      await expect(open(join(path, "large.ex"))).rejects.toMatchObject(full);
      expect(() => writeFileSync(join(mounted, "all"), Buffer.alloc(65536))).toThrow("ENOSPC");
      await expect(open(join(path, "small.erl"))).rejects.toMatchObject(full);
    } finally {
      process.env["XDG_CACHE_HOME"] = home;
      execFileSync("umount", [mounted]);
    }
  },
);
