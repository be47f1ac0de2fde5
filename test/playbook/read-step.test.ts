import { describe, expect, test } from "vitest";
import { TermList, termToData, type Data } from "../../src/etf/data.ts";
import { atom, binary, charlist, Float, MapTerm, tuple } from "../../src/etf/term.ts";
import type { Value } from "../../src/etf/value.ts";
import { allSteps } from "../../src/playbook/all-steps.ts";
import { loadStep, loadSteps } from "./playbook-file.ts";

describe("readStep() reads the keys of any step:", () => {
  test("what is not written", async () => {
    expect(await loadStep("run", "- run: lists:seq(1, 3)")).toMatchObject({
      name: "run lists:seq(1, 3)",
      when: [],
      register: undefined,
      timeoutMs: undefined,
      retries: 0,
      delayMs: 5000,
      until: [],
      vars: {},
      tags: [],
      ignoreErrors: false,
      failedWhen: [],
      changedWhen: [],
      noLog: false,
    });
  });

  test("everything", async () => {
    const step = await loadStep(
      "run",
      [
        "- name: Count",
        "  run: lists:seq(1, ${{ vars.last }})",
        "  register: numbers",
        "  when: [vars.enabled, true]",
        "  timeout: 1m",
        "  retries: 7",
        "  delay: 0.5",
        "  until: size(numbers) == vars.last && size(result) == 3",
        "  vars: { last: '${{ vars.max }}' }",
        "  tags: [slow, 'a, b']",
        "  ignore_errors: true",
        "  failed_when: numbers == []",
        "  changed_when: false",
        "  no_log: true",
      ].join("\n"),
    );
    expect(step).toMatchObject({
      name: "Count",
      register: "numbers",
      timeoutMs: 60_000,
      retries: 7,
      delayMs: 500,
      tags: ["slow", "a", "b"],
      ignoreErrors: true,
      noLog: true,
    });
    const evaluate = (expressions: typeof step.when, scope: Record<string, Data>): Data[] =>
      expressions.map((expression) => expression.evaluate(scope));
    expect(evaluate(step.when, { vars: { enabled: false } })).toEqual([false, true]);
    expect(evaluate(step.until, { numbers: [1, 2, 3], result: [1, 2, 3], vars: { last: 3 } })).toEqual([
      true,
    ]);
    expect(evaluate(step.failedWhen, { numbers: [] })).toEqual([true]);
    expect(evaluate(step.changedWhen, {})).toEqual([false]);
    expect(step.vars["last"]?.evaluate({ vars: { max: 3 } })).toBe(3);
    expect(step.when[0]?.location).toMatchObject({ line: 6, column: 10 });
  });

  test("retries is 3 where only until is written, as in Ansible", async () => {
    expect(await loadStep("run", "- run: a:b()\n  until: result == 1")).toMatchObject({ retries: 3 });
  });

  test("a default name shows no arguments of a step with no_log", async () => {
    const step = await loadStep("run", '- run: crypto:hash(sha256, "secret")\n  no_log: true');
    expect(step.name).toBe("run crypto.hash/2");
    const code = await loadStep("eval", '- eval: { erlang: "Key = secret" }\n  no_log: true');
    expect(code.name).toBe("eval");
  });
});

describe("readBlock()", () => {
  test("puts what it says into each of its steps, and into those of the blocks in it", async () => {
    const block = await loadStep(
      "block",
      [
        "- name: Outer",
        "  when: vars.a",
        "  vars: { a: 1, b: 2 }",
        "  tags: one",
        "  timeout: 1m",
        "  ignore_errors: true",
        "  no_log: true",
        "  block:",
        "    - run: a:b(1)",
        "      when: vars.b",
        "      vars: { b: 3 }",
        "      tags: [two, one]",
        "      timeout: 1s",
        "      ignore_errors: false",
        "      no_log: false",
        "    - block: [{ run: a:b(2) }]",
        "      when: vars.c",
        "  rescue: [{ run: a:c() }]",
        "  always: [{ run: a:d() }]",
      ].join("\n"),
    );
    const [own, inner, rescue, always] = allSteps([block]);
    const sources = (step: typeof own): string[] | undefined => step?.when.map(({ source }) => source);
    expect([own, inner, rescue, always].map(sources)).toEqual([
      ["vars.a", "vars.b"],
      ["vars.a", "vars.c"],
      ["vars.a"],
      ["vars.a"],
    ]);
    expect(own).toMatchObject({
      name: "run a:b(1)",
      tags: ["one", "two"],
      timeoutMs: 1000,
      ignoreErrors: false,
      noLog: false,
    });
    expect(own?.vars["b"]?.evaluate({})).toBe(3);
    expect(own?.vars["a"]?.evaluate({})).toBe(1);
    // Arguments may be what no_log is to hide.
    const inherited = {
      name: "run a.b/1",
      tags: ["one"],
      timeoutMs: 60_000,
      ignoreErrors: true,
      noLog: true,
    };
    expect(inner).toMatchObject(inherited);
    expect(block.name).toBe("Outer");
    expect(block.rescue).toHaveLength(1);
    expect(block.always).toHaveLength(1);
  });
});

describe("readPushStep()", () => {
  test("takes a name or a list of names of both languages", async () => {
    const step = await loadStep("push", "- push: [RemoteHealth, my_app, ':other', Elixir.Already]");
    expect(step.modules).toEqual(["Elixir.RemoteHealth", "my_app", "other", "Elixir.Already"]);
    expect(step.name).toBe("push RemoteHealth, my_app, :other, Elixir.Already");
    expect((await loadStep("push", "- push: my_app")).modules).toEqual(["my_app"]);
  });

  test("takes an application, with terms and expressions in its configuration", async () => {
    const step = await loadStep(
      "push",
      "- push: { app: ':shop', config: { port: '${{ vars.port }}', kind: !atom memory, size: { a: 1 } }, start: true }",
    );
    expect(step).toMatchObject({
      name: "push app shop",
      modules: [],
      application: { name: "shop", start: true },
    });
    const values = Object.entries(step.application?.config ?? {}).map(([name, value]) => [
      name,
      value.evaluate({ vars: { port: 80 } }),
    ]);
    expect(values).toEqual([
      ["port", 80],
      ["kind", atom("memory")],
      ["size", { a: 1 }],
    ]);
    expect((await loadStep("push", "- push: { app: shop }")).application).toEqual({
      name: "shop",
      config: {},
      start: false,
    });
    expect((await loadStep("push", "- push: shop")).application).toBeUndefined();
  });
});

describe("readRunStep()", () => {
  test("reads calls of both languages", async () => {
    const [elixir, erlang] = await loadSteps(
      '- run: RemoteHealth.check("a", :b, ${{ vars.n }})\n- run: os:cmd("echo ${{ vars.n }}")\n',
    );
    expect(elixir).toMatchObject({
      call: { language: "elixir", module: "Elixir.RemoteHealth", function: "check", arity: 3 },
    });
    expect(erlang).toMatchObject({ call: { language: "erlang", module: "os", function: "cmd", arity: 1 } });
    const scope = { vars: { n: 5 } };
    expect(elixir?.kind === "run" && elixir.call.arguments(scope)).toEqual([binary("a"), atom("b"), 5]);
    expect(erlang?.kind === "run" && erlang.call.arguments(scope)).toEqual([charlist("echo 5")]);
  });

  test("reads module, function and arguments", async () => {
    const step = await loadStep(
      "run",
      [
        "- run:",
        "    module: lists",
        "    function: keyfind",
        "    args: [!atom a, 1.0, [!tuple [!atom '${{ vars.key }}', '${{ vars.term }}'], text, null]]",
      ].join("\n"),
    );
    expect(step.name).toBe("run lists:keyfind/3");
    expect(step.call).toMatchObject({ language: "erlang", module: "lists", function: "keyfind", arity: 3 });
    expect(step.call.arguments({ vars: { key: "a", term: tuple(1) } })).toEqual([
      atom("a"),
      new Float(1),
      [tuple(atom("a"), tuple(1)), binary("text"), atom("nil")],
    ]);
    const elixir = await loadStep("run", "- run: { module: RemoteHealth, function: check }");
    expect(elixir.call).toMatchObject({ language: "elixir", module: "Elixir.RemoteHealth", arity: 0 });
  });

  test("passes a registered result on as the term it is", async () => {
    const step = await loadStep(
      "run",
      "- run: a:b()\n  register: state\n- run: a:c(${{ state }}, ${{ state.list }}, ${{ state.list[1] }})",
    );
    const state = new MapTerm([[atom("list"), [104, 105]]]);
    expect(step.call.arguments({ state })).toEqual([state, [104, 105], 105]);
    expect(step.call.arguments({ state: { list: ["a", "b"] } })).toEqual([
      new MapTerm([[binary("list"), [binary("a"), binary("b")]]]),
      [binary("a"), binary("b")],
      binary("b"),
    ]);
    expect(() => step.call.arguments({ state: new MapTerm([]) })).toThrow(
      /site\.yml:5:\d+: no key "list": the map is empty/,
    );
  });
});

describe("readEvalStep()", () => {
  test("reads code with its place and its variables", async () => {
    const step = await loadStep(
      "eval",
      "- eval:\n    elixir: |\n      a = 1\n      a + count\n    bindings: { count: '${{ vars.n }}' }\n",
    );
    expect(step.name).toBe("eval a = 1");
    expect(step.code).toMatchObject({
      language: "elixir",
      source: "a = 1\na + count\n",
      variables: ["count"],
      location: { line: 5, column: 7 },
    });
    expect(step.bindings["count"]?.evaluate({ vars: { n: 2 } })).toBe(2);
  });
});

describe("readAssertStep()", () => {
  const before = "- run: inet:gethostname()\n  register: name\n";

  test("takes an expression, true or false, and a list", async () => {
    const names = (await loadSteps("- assert: vars.a\n- assert: [vars.a, vars.b]\n- assert: false\n")).map(
      (step) => (step.kind === "assert" ? [step.name, step.that.map(({ source }) => source)] : []),
    );
    expect(names).toEqual([
      ["assert vars.a", ["vars.a"]],
      ["assert vars.a", ["vars.a", "vars.b"]],
      ["assert false", ["false"]],
    ]);
  });

  test("reads the long form", async () => {
    const step = await loadStep(
      "assert",
      `${before}- assert:\n    that: size(Name) > vars.n\n    value: \${{ name }}\n    equals: !tuple [!atom ok, web1]\n` +
        `    match: "{ok, Name}"\n    schema: { type: array }\n    message: "it is \${{ Name }}"\n  vars: { n: 1 }\n`,
    );
    const result = termToData(tuple(atom("ok"), charlist("web1")));
    expect(step.name).toBe("assert size(Name) > vars.n");
    expect(step.value?.evaluate({ name: result })).toBe(result);
    expect(step.equals?.evaluate({})).toEqual(tuple(atom("ok"), binary("web1")));
    expect(step.match?.match(tuple(atom("ok"), charlist("web1")))).toEqual({ Name: charlist("web1") });
    expect(step.match?.match(tuple(atom("error"), 1))).toBeUndefined();
    const Name = new TermList(charlist("web1"));
    expect(step.that[0]?.evaluate({ Name, vars: { n: 1 } })).toBe(true);
    expect(step.message?.evaluate({ Name })).toBe("it is web1");
    expect(step.schema?.problems([1])).toEqual([]);
    expect(step.schema?.problems("text")).toEqual(["the value must be array"]);
  });

  test("reads a pattern in the language of the call before, or the one in which it is a pattern", async () => {
    const pattern = async (steps: string): Promise<(term: unknown) => boolean> => {
      const { match } = await loadStep("assert", steps);
      return (term) => match?.match(term as never) !== undefined;
    };
    const erlang = await pattern('- run: a:b()\n- push: a\n- assert: { match: "{ok, _}" }');
    expect([erlang(tuple(atom("ok"), 1)), erlang(tuple(atom("no"), 1))]).toEqual([true, false]);
    const elixir = await pattern('- run: A.b()\n- assert: { match: "{ok, _}" }');
    expect([elixir(tuple(atom("ok"), 1)), elixir(tuple(atom("no"), 1))]).toEqual([true, true]);
    const other = await pattern('- run: a:b()\n- assert: { match: "{:ok, _}" }');
    expect([other(tuple(atom("ok"), 1)), other(tuple(atom("no"), 1))]).toEqual([true, false]);
    const forced = await pattern('- run: A.b()\n- assert: { match: { erlang: "{ok, _}" } }');
    expect([forced(tuple(atom("ok"), 1)), forced(tuple(atom("no"), 1))]).toEqual([true, false]);
    const inline = await pattern('- eval: { erlang: "1" }\n- assert: { match: "\\"hi\\"" }');
    expect([inline(charlist("hi")), inline(binary("hi"))]).toEqual([true, false]);
  });
});

describe("SchemaCheck.problems()", () => {
  test("says each thing that is wrong, where it is", async () => {
    const { schema } = await loadStep(
      "assert",
      [
        "- run: a:b()",
        "- assert:",
        "    schema:",
        "      type: object",
        "      required: [status]",
        "      additionalProperties: false",
        "      properties:",
        "        status: { enum: [ok] }",
        "        items: { type: array, items: { type: integer, minimum: 1 } }",
        "        at: { type: string, format: date-time }",
      ].join("\n"),
    );
    expect(schema?.problems({ status: "ok", items: [1, 2n ** 70n], at: "2024-01-01T00:00:00Z" })).toEqual([]);
    expect(schema?.problems({ status: "bad", items: [0, "x"], at: "now", more: 1 })).toEqual([
      "the value must NOT have additional properties: more",
      'status must be equal to one of the allowed values: "ok"',
      "items.0 must be >= 1",
      "items.1 must be integer",
      'at must match format "date-time"',
    ]);
  });

  async function problemsOf(schema: object, value: Value): Promise<readonly string[]> {
    const before = performance.now();
    const step = await loadStep("assert", `- run: a:b()\n- assert: { schema: ${JSON.stringify(schema)} }`);
    const problems = step.schema?.problems(value) ?? [];
    expect(performance.now() - before).toBeLessThan(3000);
    return problems;
  }

  test("takes little time, whatever the value is", async () => {
    const name = { pattern: "^([a-z0-9]+[-.]?)+$" };
    expect(await problemsOf(name, `${"a".repeat(10_000)}-b`)).toEqual([]);
    expect(await problemsOf(name, `${"a".repeat(10_000)}!`)).toEqual([
      `the value must match pattern "${name.pattern}"`,
    ]);
    const names = { patternProperties: { "^(a+)+$": { type: "null" } }, additionalProperties: false };
    expect(await problemsOf(names, { [`${"a".repeat(40)}!`]: null })).toHaveLength(1);
    const items = Array.from({ length: 20_000 }, (_, id) => ({ id, of: [] }));
    expect(await problemsOf({ uniqueItems: true }, items)).toEqual([]);
    expect(await problemsOf({ uniqueItems: true }, [...items, { of: [], id: 7 }])).toEqual([
      "the value must NOT have duplicate items",
    ]);
  });

  test("says a few of many things that are wrong, and the first of a value with very many parts", async () => {
    const schema = { items: { type: "string" } };
    const few = await problemsOf(
      schema,
      Array.from({ length: 1000 }, () => 1),
    );
    expect(few).toHaveLength(21);
    expect(few.at(-1)).toBe("and 980 more");
    expect(
      await problemsOf(
        schema,
        Array.from({ length: 1_000_000 }, () => 1),
      ),
    ).toEqual(["0 must be string"]);
  });

  test.each<[readonly Value[], boolean]>([
    [[1, "1", [1], ["1"], { 1: 1 }, null, true], true],
    [[{ a: 1 }, [["a", 1]], { pairs: [["a", 1]] }], true],
    [
      [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ],
      false,
    ],
    [
      [
        [1, 2],
        [2, 1],
      ],
      true,
    ],
    [[0, 1, 0], false],
  ])("tells whether items are unique: %j", async (items, areUnique) => {
    expect((await problemsOf({ uniqueItems: true }, items)).length === 0).toBe(areUnique);
    expect(await problemsOf({ uniqueItems: false }, items)).toEqual([]);
  });

  test.each([
    [{ pattern: "^\\u0041\\d{2}[^]$" }, "A12!"],
    [{ pattern: "^a\\\\k$" }, "a\\k"],
  ])("takes patterns as JavaScript writes them: %j", async (schema, value) => {
    expect(await problemsOf(schema, value)).toEqual([]);
  });

  test.each([
    "{ pattern: '^(?!a)' }",
    "{ pattern: '(a)\\1' }",
    "{ pattern: '(?<a>b)\\k<a>' }",
    "{ patternProperties: { '(?=a)': true } }",
  ])("needs a schema whose patterns take no longer than a text is long: %s", async (schema) => {
    const text = `- run: a:b()\n- assert:\n    schema: ${schema}`;
    await expect(loadStep("assert", text)).rejects.toThrow(
      /is no regular expression of RE2[^]*without lookaround/,
    );
  });
});
