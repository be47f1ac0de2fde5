import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

let sshd: Sshd;
let workspace: Workspace;
let yaml: Played;
let typed: Played;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd) } } });
  await workspace.write({
    "lib/above.ex": "defmodule Above do\n  def double(n), do: :below.times(n, 2)\nend\n",
    "lib/below.erl": "-module(below).\n-export([times/2]).\ntimes(A, B) -> A * B.\n",
    "site.yml": `- hosts: one
  modules: lib/*
  vars: { n: 21 }
  steps:
    - name: Elixir
      eval: { elixir: "Above.double(n)", bindings: { n: "\${{ vars.n }}" } }
    - name: Erlang
      eval:
        erlang: |
          below:times(N, length(Text)). % a comment
        bindings: { N: 2, Text: !charlist abc }
    - { name: The same, eval: { elixir: "Above.double(n)", bindings: { n: 4 } } }
    - name: Fails in Elixir
      ignore_errors: true
      eval:
        elixir: >-
          a = 1;
          b = fn -> raise "no #{a}" end;

          {b.(),
            a}
    - name: Fails in Erlang
      ignore_errors: true
      eval:
        erlang: |
          F = fun(X) ->
            {1 / X}
          end,
          {F(0)}
    - name: Fails again
      ignore_errors: true
      eval: {erlang: "F = fun(X) ->\\n  {1 / X}\\nend,\\n{F(0)}\\n"}
`,
    "fleet.ts": `import { atom, binary, elixir, erlang, play, tuple } from "fusion-play";

const evil = '") <> System.halt() <> ("';

export default [
  play({
    hosts: "one",
    modules: "lib/*",
    vars: { n: 4 },
    steps: [
      { name: "List", eval: elixir\`{\${evil}, Above.double(\${"\${{ vars.n }}"})}\` },
      { name: "List again", eval: elixir\`{\${atom("a")}, Above.double(\${2})}\` },
    ],
  }),
  play({
    hosts: "one",
    modules: "lib/*",
    async steps(host) {
      for (const n of [1, 2]) {
        await host.eval(erlang\`{below:times(\${n}, 10), \${tuple(atom("t"), binary(host.name))}}\`, { name: \`Function \${n}\` });
      }
      await host.eval(elixir\`
        size = byte_size(\${{
          a: evil,
        }[host.name === "one" ? "a" : "b"]})
        {:erlang.error({:size, size})}
      \`, { name: "Fails" }).catch(() => {});
      await host.eval({ elixir: "1\\n|> foo()" }, { name: "Text" });
    },
  }),
];
`,
  });
  yaml = await workspace.play("site.yml");
  typed = await workspace.play("fleet.ts");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

function stepOf(played: Played, name: string): WrittenStep {
  const steps = (played.report?.plays ?? []).flatMap((_, play) => hostReport(played, "one", play).steps);
  const found = steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no step ${name}: ${played.stderr}`);
  return found;
}

function pushedOf(played: Played, name: string): string[] {
  return stepOf(played, name).pushed.map(({ module }) => module.replace(/(Inline\.H|inline_)\w+$/, "$1"));
}

describe("inline code of a YAML playbook", () => {
  test("is given its bindings and shipped with its closure", () => {
    expect(stepOf(yaml, "Elixir")).toMatchObject({ status: "ok", result: 42 });
    expect(pushedOf(yaml, "Elixir").toSorted()).toEqual([
      "Elixir.Above",
      "Elixir.FusionPlay.Inline.H",
      "below",
    ]);
    expect(stepOf(yaml, "Erlang")).toMatchObject({ status: "ok", result: 6 });
    expect(pushedOf(yaml, "Erlang")).toEqual(["fusion_play_inline_"]);
  });

  test("is shipped once where it stands twice, as it is named by its content", () => {
    expect(stepOf(yaml, "The same")).toMatchObject({ status: "ok", result: 8, pushed: [] });
  });

  test("has stack traces of the playbook, each step of its own", () => {
    const raisedAt = (step: string): string | undefined =>
      stepOf(yaml, step).error?.stacktrace?.[0]?.split(" ")[0];
    expect(raisedAt("Fails in Elixir")).toBe("site.yml:18:");
    expect(stepOf(yaml, "Fails in Elixir").error?.message).toBe(
      "the code at site.yml:17 raised (RuntimeError) no 1 on one",
    );
    expect(raisedAt("Fails in Erlang")).toBe("site.yml:27:");
    expect(stepOf(yaml, "Fails again").pushed).toEqual([]);
    expect(raisedAt("Fails again")).toBe("site.yml:32:");
  });
});

describe("tagged templates of a TypeScript play", () => {
  test("are code of a list of steps, in which values are no text", () => {
    expect(stepOf(typed, "List")).toMatchObject({ status: "ok", result: ['") <> System.halt() <> ("', 8] });
    expect(stepOf(typed, "List again")).toMatchObject({ status: "ok", result: ["a", 4], pushed: [] });
  });

  test("are code of a function of steps, and one module whatever their values", () => {
    expect(stepOf(typed, "Function 1").result).toEqual([10, ["t", "one"]]);
    expect(pushedOf(typed, "Function 1")).toEqual(["fusion_play_inline_"]);
    expect(stepOf(typed, "Function 2")).toMatchObject({ result: [20, ["t", "one"]], pushed: [] });
  });

  test("have stack traces of the playbook", () => {
    const { error } = stepOf(typed, "Fails");
    expect(error).toMatchObject({ code: "REMOTE_EXCEPTION", reason: "{:size, 25}" });
    expect(error?.stacktrace?.find((frame) => frame.startsWith("fleet.ts:"))).toMatch(/^fleet\.ts:26: /);
  });

  test("tell mistakes of code that is a text with the place of the call and the line of the code", () => {
    expect(hostReport(typed, "one", 1)).toMatchObject({ status: "failed" });
    const { error } = stepOf(typed, "Text");
    expect(error?.code).toBe("COMPILE_FAILED");
    expect(error?.message).toMatch(/^Cannot compile the Elixir code at fleet\.ts:28:\n/);
    expect(error?.message).toMatch(/ undefined function foo\/1/);
    expect(error?.message).toMatch(/ fleet\.ts:28, line 2, column 4 of the code: /);
    expect(error?.message).toMatch(/\n {2}2 \| \|> foo\(\)$/);
  });
});

test.each([
  [
    "site.yml",
    "- hosts: one\n  steps:\n    - eval:\n        elixir: >\n          a = 1;\n          {a,\n          foo(1)}\n",
    /site\.yml:7:11: /,
  ],
  [
    "fleet.ts",
    'import { elixir, play } from "fusion-play";\nexport default play({ hosts: "one", steps: [\n  { eval: elixir`\n    a = ${1}\n    foo(a)` }] });\n',
    /fleet\.ts:5:5: /,
  ],
])("a mistake in %s is told with its line and column before a host is touched", async (file, text, place) => {
  await workspace.write({ [`mistake/${file}`]: text });
  const { exitCode, stderr } = await workspace.run(`mistake/${file}`, "-i", "hosts.yml", "--dry-run");
  expect(exitCode).toBe(3);
  // Elixir says the place before or after what is wrong, as its release has it.
  expect(stderr).toMatch(place);
  expect(stderr).toMatch(/ undefined function foo\/1/);
  expect(stderr).not.toMatch(/inline\.exs?\b|cannot compile module/);
});
