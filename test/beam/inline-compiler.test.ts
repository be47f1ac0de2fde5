import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openModuleSource, type CodePathSource } from "../../src/beam/code-paths.ts";
import { findElixir } from "../../src/beam/installation.ts";
import type { InlineCode, Location } from "../../src/playbook/playbook.ts";
import { PROJECT } from "./compiled-project.ts";
import { countingPrograms, withPath, written } from "./programs.ts";
import { temporaryCache } from "./temporary-folder.ts";

temporaryCache();

function open(...paths: readonly string[]): Promise<CodePathSource> {
  return openModuleSource({ paths, signal: AbortSignal.timeout(60_000) });
}

/** Code that stands in the playbook from line 12 on, indented by eight. */
function inlineCode(code: Partial<InlineCode>): InlineCode {
  const location = { file: "site.yml", line: 12, column: 9 };
  const source = code.source ?? "1";
  const locate = (offset: number): Location => {
    const before = source.slice(0, offset).split("\n");
    return { file: "site.yml", line: 11 + before.length, column: 9 + (before.at(-1)?.length ?? 0) };
  };
  return { language: "elixir", source, variables: [], isTemplate: false, location, locate, ...code };
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

test("compileInline() makes stack traces from which the place in the playbook is found", async () => {
  const source = await open();
  const erlang = { language: "erlang", source: "ok,\n  erlang:error(boom)" } as const;
  const told = await runInline(erlang);
  expect(told).toMatch(
    /^\{error,boom,\{fusion_play_inline_\w+,run,0,\[\{file,"fusion_play_inline.erl"\},\{line,2\}/,
  );
  expect(source.locateInline(inlineCode(erlang), 2)).toEqual({ file: "site.yml", line: 13, column: 11 });
  // Not a call in the last place, which leaves no trace.
  const elixir = { source: ":ok\n{:erlang.error(:boom)}" };
  expect(await runInline(elixir)).toMatch(
    /'Elixir.FusionPlay.Inline.H\w+',run,0,\[\{file,"fusion_play_inline.ex"\},\{line,20010\}/,
  );
  expect(source.locateInline(inlineCode(elixir), 20010)).toEqual({ file: "site.yml", line: 13, column: 18 });
});

test.each([
  [{ source: "1\nfoo(1)" }, /site\.yml:13:9: undefined function foo\/1/],
  [{ source: "1\n  )" }, /site\.yml:13:11: unexpected token: \)\n.*\n +13 \|   \)/],
  [{ source: "end\ndef evil, do: 1" }, /site\.yml:12:9: unexpected reserved word: end/],
  [{ source: "1\na = [\n1," }, /site\.yml:14:11: missing terminator: \] \(for "\[" starting at line 13\)/],
  [{ source: "é = 1\n{é, b.(1)}" }, /site\.yml:13:13: undefined function b\/0/],
  [{ language: "erlang", source: "X = 1,\n  foo(X)" }, /^site\.yml:13:11: function foo\/1 undefined$/m],
  [{ language: "erlang", source: "foo(1)" }, /^site\.yml:12:9: function foo\/1 undefined$/m],
  [
    { language: "erlang", source: "foo(Of, The)", variables: ["Of", "The"] },
    /^site\.yml:12:9: function foo\/2 undefined$/m,
  ],
  [{ language: "erlang", source: "1 +\n, 2" }, /^site\.yml:13:9: syntax error before: ','$/m],
  [{ language: "erlang", source: "f(" }, /^site\.yml:12:11: syntax error before: '.'$/m],
] as const)("compileInline() says where the code %j is wrong", async (code, message) => {
  const source = await open();
  const compiled = source.compileInline(inlineCode(code), AbortSignal.timeout(60_000));
  await expect(compiled).rejects.toMatchObject({
    code: "COMPILE_FAILED",
    message: expect.stringMatching(message) as string,
  });
  await expect(compiled).rejects.not.toThrow(/inline\.exs|fusion_play_inline/);
});

test.each([
  [
    { source: "1\n  foo(1)" },
    "** (CompileError) fleet.ts:3, line 2, column 3 of the code: undefined function foo/1",
    "  2 |   foo(1)",
  ],
  [
    { language: "erlang", source: "X = 1,\n  foo(X)" },
    "fleet.ts:3, line 2, column 3 of the code: function foo/1 undefined",
    "  2 |   foo(X)",
  ],
] as const)(
  "compileInline() quotes the line of %j where its place is not known",
  async (code, told, quote) => {
    const source = await open();
    const location = { file: "fleet.ts", line: 3, column: 1 };
    const unplaced = inlineCode({ ...code, location, locate: () => undefined });
    const compiled = source.compileInline(unplaced, AbortSignal.timeout(60_000));
    await expect(compiled).rejects.toThrow(told);
    await expect(compiled).rejects.toThrow(new RegExp(`\n${quote.replace(/[()|]/g, "\\$&")}$`));
  },
);

test.each([
  [{ source: '"a value1"' }, 12, 12],
  [{ source: '# value1\n"b"' }, 12, 11],
  [{ source: "case 1 do\n  value1 -> 2\nend" }, 13, 11],
  [{ source: ":value1" }, 12, 10],
  [{ source: "my_value1 = 1\nmy_value1" }, 12, 12],
  [{ language: "erlang", source: '"a Value1"' }, 12, 12],
  [{ language: "erlang", source: "'Value1'" }, 12, 10],
  [{ language: "erlang", source: "% Value1\nok" }, 12, 11],
] as const)(
  "compileInline() refuses %j, where a value of a template is no variable",
  async (code, line, column) => {
    const source = await open();
    const variables = ["language" in code ? "Value1" : "value1"];
    const template = inlineCode({ ...code, isTemplate: true, variables });
    await expect(source.compileInline(template, AbortSignal.timeout(60_000))).rejects.toMatchObject({
      code: "COMPILE_FAILED",
      message: expect.stringContaining(
        `at site.yml:${line}:${column}: value 1 of the template stands in a text, a comment or a pattern`,
      ) as string,
    });
  },
);

test("compileInline() lets code of a playbook leave variables unused, and templates have unused ones of their own", async () => {
  const source = await open();
  const signal = AbortSignal.timeout(60_000);
  await source.compileInline(inlineCode({ source: "1", variables: ["a"] }), signal);
  await source.compileInline(
    inlineCode({ language: "erlang", source: "X = 1, ok", variables: ["A"] }),
    signal,
  );
  expect(source.warnings).toEqual([]);
  const used = { isTemplate: true, variables: ["value1"] };
  expect(await runInline({ ...used, source: 'x = 2\n"#{value1}"' }, "a")).toBe('<<"a">>');
  const erlang = { ...used, variables: ["Value1"], language: "erlang" } as const;
  expect(await runInline({ ...erlang, source: "X = 2, [Value1]" }, "a")).toBe("[a]");
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
    // At another place, it is the same module.
    const elsewhere = { ...code, location: { file: "other.yml", line: 1, column: 1 } };
    expect(await source.compileInline(elsewhere, signal)).toBe(modules[0]);
    expect(starts().filter((name) => name === "elixirc")).toHaveLength(1);
  });
});

test("compileInline() tells the mistakes of the same code at each of its places, and compiles it once for each", async () => {
  const { path, starts } = countingPrograms();
  await withPath(`${path}:${process.env["PATH"]}`, async () => {
    const source = await open();
    const code = inlineCode({ language: "erlang", source: "foo()" });
    const elsewhere = {
      ...code,
      location: { file: "other.yml", line: 1, column: 5 },
      locate: () => ({ file: "other.yml", line: 1, column: 5 }),
    };
    for (const _ of [1, 2]) {
      const compiled = [code, elsewhere, { ...code }, { ...elsewhere }].map((each) =>
        source.compileInline(each, AbortSignal.timeout(60_000)),
      );
      const [here, there] = ["site.yml:12:9", "other.yml:1:5"].map((place) => ({
        reason: { message: expect.stringContaining(`${place}: function foo/0 undefined`) as string },
      }));
      expect(await Promise.allSettled(compiled)).toMatchObject([here, there, here, there]);
    }
    expect(starts().filter((name) => name === "erlc")).toHaveLength(2);
  });
});

test("compileInline() looks for a compiler again where it was not there", async () => {
  const source = await open();
  const code = inlineCode({ language: "erlang", source: "once_more" });
  const compile = (): Promise<string> => source.compileInline(code, AbortSignal.timeout(60_000));
  await withPath(written({}), () => expect(compile()).rejects.toMatchObject({ code: "COMPILER_NOT_FOUND" }));
  expect(await compile()).toMatch(/^fusion_play_inline_/);
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

test.each([
  ["elixir", "x = hunter2\nx +", /^Cannot compile the Elixir code at site\.yml:12:\s.*site\.yml:13/su],
  [
    "erlang",
    "X = hunter2 hunter2,\nX.",
    /^Cannot compile the Erlang code at site\.yml:12:\s.*site\.yml:12/su,
  ],
] as const)(
  "compileInline() tells only places in %s code that was encrypted",
  async (language, source, expected) => {
    const error = await runInline({ language, source, isSecret: true }).catch(
      (caught: Error) => caught.message,
    );
    expect(error).toMatch(expected);
    expect(error).toContain("what the compiler says of it is not shown");
    expect(error).not.toContain("hunter2");
  },
);
