import { dirname } from "node:path";
import { expect, test } from "vitest";
import { openModuleSource } from "../../src/beam/code-paths.ts";
import type { Step } from "../../src/playbook/playbook.ts";
import { loadText } from "../playbook/playbook-file.ts";
import { temporaryCache } from "./temporary-folder.ts";

temporaryCache();

/** What the compiler says of the code of a playbook's only step. */
async function mistakeIn(text: string, name: string): Promise<string> {
  const { file, plays } = await loadText(text, name);
  const [step] = (plays[0]?.steps ?? []) as readonly Step[];
  if (step?.kind !== "eval") throw new Error("no eval");
  const signal = AbortSignal.timeout(60_000);
  const source = await openModuleSource({ paths: [], signal });
  try {
    await source.compileInline(step.code, signal);
  } catch (error) {
    return (error as Error).message.replaceAll(`${dirname(file)}/`, "");
  }
  throw new Error("it was compiled");
}

/** Code as it may stand in line 5 of a playbook, and what is said of it. */
const MISTAKES: readonly [name: string, code: string, told: RegExp][] = [
  [
    "an indented block of Elixir",
    "elixir: |\n          :ok\n            foo(1)",
    /site\.yml:7:13: undefined function foo\/1/,
  ],
  [
    "an indented block of Erlang",
    "erlang: |\n          ok,\n            foo(1)",
    /^site\.yml:7:13: function foo\/1 undefined$/m,
  ],
  [
    "a block with an indentation of its own",
    "erlang: |2-\n            ok,\n          foo(1)",
    /^site\.yml:7:11: function foo\/1 undefined$/m,
  ],
  [
    "folded Elixir",
    "elixir: >\n          a = 1;\n          {a,\n          foo(1)}",
    /site\.yml:8:11: undefined function foo\/1/,
  ],
  [
    "folded Elixir that cannot be parsed",
    "elixir: >-\n          a = 1;\n          {a,\n          )}",
    /site\.yml:8:11: unexpected token: \)/,
  ],
  [
    "folded Erlang",
    "erlang: >\n          A = 1,\n          {A,\n          foo(1)}",
    /^site\.yml:8:11: function foo\/1 undefined$/m,
  ],
  [
    "Elixir in double quotes",
    'elixir: "a = \\"é\\"\\n{a,\\n foo(1)}"',
    /site\.yml:5:35: undefined function foo\/1/,
  ],
  [
    "Erlang in double quotes over lines",
    'erlang: "A = $\\\\n,\n          {A, \\\n          foo(1)}"',
    /^site\.yml:7:11: function foo\/1 undefined$/m,
  ],
  ["Erlang in single quotes", "erlang: '{''a'', foo(1)}'", /^site\.yml:5:26: function foo\/1 undefined$/m],
  [
    "plain Erlang over lines",
    "erlang: ok,\n          foo(1)",
    /^site\.yml:6:11: function foo\/1 undefined$/m,
  ],
];

test.each(MISTAKES)(
  "a mistake in %s is told with its line and column in the playbook",
  async (_, code, told) => {
    const text = `- hosts: one\n  steps:\n    - name: Mistake\n      eval:\n        ${code}\n`;
    expect(await mistakeIn(text, "site.yml")).toMatch(told);
  },
);

test.each([
  ["elixir`\n  a = ${1}\n  foo(a)\n`", /fleet\.ts:4:3: undefined function foo\/1/],
  ["erlang`A = ${[\n  1,\n]}, foo(A)`", /^fleet\.ts:4:5: function foo\/1 undefined$/m],
  ["elixir`File.read!(\"/etc/${'hosts'}\")`", /at fleet\.ts:2:77: value 1 of the template stands in a text/],
])("a mistake in the template %s is told with its line and column", async (template, told) => {
  const text = `import { elixir, erlang, play } from "fusion-play";\nexport default play({ hosts: "one", steps: [{ eval: ${template} }] });\n`;
  expect(await mistakeIn(text, "fleet.ts")).toMatch(told);
});
