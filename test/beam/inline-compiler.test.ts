import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openModuleSource, type CodePathSource } from "../../src/beam/code-paths.ts";
import { findElixir } from "../../src/beam/installation.ts";
import type { InlineCode } from "../../src/playbook/playbook.ts";
import { PROJECT } from "./compiled-project.ts";
import { countingPrograms, withPath, written } from "./programs.ts";
import { temporaryCache } from "./temporary-folder.ts";

temporaryCache();

function open(...paths: readonly string[]): Promise<CodePathSource> {
  return openModuleSource({ paths, signal: AbortSignal.timeout(60_000) });
}

function inlineCode(code: Partial<InlineCode>): InlineCode {
  const location = { file: "site.yml", line: 12, column: 9 };
  return { language: "elixir", source: "1", variables: [], location, ...code };
}

/** Compiles inline code, and calls it with arguments written as in Erlang. */
async function runInline(code: Partial<InlineCode>, args = ""): Promise<string> {
  const source = await open();
  const module = await source.compileInline(inlineCode(code), AbortSignal.timeout(60_000));
  expect(source.has(module)).toBe(true);
  const [shipped] = source.closure([module]);
  expect(shipped?.file).toBe("site.yml:12");
  const path = written({});
  writeFileSync(join(path, `${module}.beam`), shipped?.binary ?? "");
  const call = `io:format("~0tp", [try '${module}':run(${args}) catch C:R:S -> {C, R, hd(S)} end]), halt().`;
  const elixir = await findElixir(AbortSignal.timeout(10_000));
  const codePath = [path, join(elixir?.libraryFolder ?? "", "elixir/ebin")];
  return execFileSync("erl", ["-noshell", "-pa", ...codePath, "-eval", call], { encoding: "utf8" });
}

test("compileInline() makes a module that runs Elixir code with its variables", async () => {
  expect(await runInline({ source: "x = a * 2\nx + b", variables: ["a", "b", "unused"] }, "4, 1, none")).toBe(
    "9",
  );
  // Text of the code cannot end the function that it is put into.
  expect(await runInline({ source: 'for i <- 1..3, do: "end #{i}"' })).toBe(
    '[<<"end 1">>,<<"end 2">>,<<"end 3">>]',
  );
  expect(await runInline({ source: 'alias String, as: S\n"É" == S.upcase(~s(é))' })).toBe("true");
});

test("compileInline() makes a module that runs Erlang code with its variables", async () => {
  expect(
    await runInline(
      { language: "erlang", source: "X = Host + 1,\nX * 2. % done.", variables: ["host"] },
      "4",
    ),
  ).toBe("10");
  expect(await runInline({ language: "erlang", source: 'F = fun(X) -> [X, $., "a."] end, F(1)' })).toBe(
    '[1,46,"a."]',
  );
});

test("compileInline() gives stack traces the playbook's file and line", async () => {
  const erlang = await runInline({ language: "erlang", source: "ok,\nerlang:error(boom)" });
  expect(erlang).toMatch(/^\{error,boom,\{fusion_play_inline_\w+,run,0,\[\{file,"site.yml"\},\{line,13\}/);
  // Not a call in the last place, which leaves no trace.
  const elixir = await runInline({ source: ":ok\n{:erlang.error(:boom)}" });
  expect(elixir).toMatch(/'Elixir.FusionPlay.Inline.H\w+',run,0,\[\{file,"site.yml"\},\{line,13\}/);
});

test.each([
  [{ source: "1\nfoo(1)" }, /site\.yml:13: undefined function foo\/1/],
  [{ source: "1\n  )" }, /site\.yml:13:3: unexpected token: \)/],
  [{ source: "end\ndef evil, do: 1" }, /site\.yml:12:1: unexpected reserved word: end/],
  [{ source: "a = [1," }, /site\.yml:12/],
  [{ language: "erlang", source: "X = 1,\n  foo(X)" }, /^site\.yml:13:3: function foo\/1 undefined$/m],
  [{ language: "erlang", source: "1 +\n, 2" }, /^site\.yml:13:1: syntax error before: ','$/m],
] as const)("compileInline() says where the code %j is wrong", async (code, message) => {
  const source = await open();
  const compiled = source.compileInline(inlineCode(code), AbortSignal.timeout(60_000));
  await expect(compiled).rejects.toMatchObject({
    code: "COMPILE_FAILED",
    message: expect.stringMatching(message) as string,
  });
  await expect(compiled).rejects.not.toThrow(/inline\.exs|fusion_play_inline_\w+\.erl/);
});

test("compileInline() compiles the same code once, whatever the number of hosts", async () => {
  const { path, starts } = countingPrograms();
  await withPath(`${path}:${process.env["PATH"]}`, async () => {
    const source = await open();
    const code = inlineCode({ source: "System.pid()" });
    const signal = AbortSignal.timeout(60_000);
    const modules = await Promise.all(
      Array.from({ length: 20 }, () => source.compileInline({ ...code }, signal)),
    );
    expect(new Set(modules).size).toBe(1);
    expect(starts().filter((name) => name === "elixirc")).toHaveLength(1);
    expect(source.closure(modules.slice(0, 1))).toHaveLength(1);
  });
});

test("compileInline() may use macros and modules of the code paths, and its closure holds them", async () => {
  const source = await open(join(PROJECT, "lib/*.ex"), join(PROJECT, "src/*.erl"));
  const code = inlineCode({
    source: "require Fixture.Report\nFixture.Report.twice(:fixture_math.add(1, 2))",
  });
  const module = await source.compileInline(code, AbortSignal.timeout(60_000));
  expect(source.closure([module]).map(({ name }) => name)).toEqual(
    expect.arrayContaining(["fixture_math", "fixture_carry", module]),
  );
});

test("compileInline() ends at once for a host that gives up, and goes on for the others", async () => {
  const source = await open();
  const code = inlineCode({ source: "System.version()" });
  const impatient = AbortSignal.timeout(20);
  const [givenUp, module] = await Promise.allSettled([
    source.compileInline(code, impatient),
    source.compileInline(code, AbortSignal.timeout(60_000)),
  ]);
  expect(givenUp).toMatchObject({ status: "rejected", reason: { code: "CANCELLED" } });
  expect(module).toMatchObject({ status: "fulfilled" });
});
