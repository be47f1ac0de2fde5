import { describe, expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { TermList, type Data } from "../../src/etf/data.ts";
import { atom, binary, charlist, Float, MapTerm, tuple } from "../../src/etf/term.ts";
import { compileCondition, compileExpression } from "../../src/playbook/expression.ts";
import type { Scope } from "../../src/playbook/playbook.ts";

const locate = (offset: number) => ({ file: "site.yml", line: 3, column: 11 + offset });

function evaluate(source: string, scope: Scope): Data {
  const compiled = compileExpression(source, Object.keys(scope), { locate });
  if ("problems" in compiled) throw new Error(JSON.stringify(compiled.problems));
  return compiled.value.evaluate(scope);
}

function problemsOf(source: string, known: readonly string[]): string[] {
  const compiled = compileExpression(source, known, { locate });
  if (!("problems" in compiled)) throw new Error(`${source} compiled`);
  return compiled.problems.map(({ offset, message, hint }) =>
    [`${offset}: ${message}`, hint].filter((part) => part !== undefined).join(" | "),
  );
}

function failureOf(source: string, scope: Scope): FusionPlayError {
  try {
    evaluate(source, scope);
  } catch (error) {
    if (error instanceof FusionPlayError) return error;
    throw error;
  }
  throw new Error(`${source} did not fail`);
}

describe("compileExpression()", () => {
  test.each<[string, Scope, Data]>([
    ["vars.n + 1", { vars: { n: 3 } }, 4],
    ["vars.n + 1", { vars: { n: 2 ** 53 - 1 } }, 2n ** 53n],
    ["vars.n == 1180591620717411303424", { vars: { n: 2n ** 70n } }, true],
    ["vars.x / 2", { vars: { x: new Float(3) } }, new Float(1.5)],
    ["vars.n / 2", { vars: { n: 3 } }, 1],
    ["1 + vars.x", { vars: { x: 2.5 } }, new Float(3.5)],
    ["vars.x > 1 && 1 < vars.x", { vars: { x: new Float(1.5) } }, true],
    ["vars.list.exists(x, x == 2)", { vars: { list: [1, 2] } }, true],
    ["vars.list.filter(x, x > n)", { vars: { list: [1, 2, 3] }, n: 1 }, [2, 3]],
    ["{'a': [1, vars.n]}", { vars: { n: 2 } }, { a: [1, 2] }],
    ["re(vars.text, 'a+b$')", { vars: { text: "xaab" } }, true],
    ["re(vars.text, '^ab')", { vars: { text: "xaab" } }, false],
    ["has(vars.a) ? vars.a : 'none'", { vars: {} }, "none"],
    ["size(vars.map)", { vars: { map: { a: 1, b: 2 } } }, 2],
    ["result == null", { result: null }, true],
    ["timestamp('2024-01-01T00:00:00Z')", { vars: {} }, "2024-01-01T00:00:00.000Z"],
  ])("evaluates %s", (source, scope, expected) => {
    expect(evaluate(source, scope)).toEqual(expected);
  });

  test("sees terms as plain values: atoms and binaries as text, charlists of hosts as text", () => {
    const result = new MapTerm([
      [atom("status"), atom("ok")],
      [binary("name"), binary("web1")],
      [atom("load"), new Float(1)],
      [atom("pair"), tuple(atom("nil"), 2)],
    ]);
    expect(evaluate("result.status == 'ok' && result.name == 'web1'", { result })).toBe(true);
    expect(evaluate("result.load / 2", { result })).toEqual(new Float(0.5));
    expect(evaluate("result.pair[0] == null && result.pair[1] == 2", { result })).toBe(true);
    expect(evaluate("result + '!'", { result: new TermList(charlist("host\n")) })).toBe("host\n!");
    expect(evaluate("80 in vars.ports", { vars: { ports: [80, 81] } })).toBe(true);
  });

  test("sees mappings that have a key constructor", () => {
    const term = new MapTerm([
      [atom("constructor"), 1],
      [atom("n"), 2],
    ]);
    for (const map of [{ constructor: 1, n: 2 }, term]) {
      expect(evaluate("vars.m.n + vars.m.constructor == 3 && size(vars.m) == 2", { vars: { m: map } })).toBe(
        true,
      );
      expect(evaluate("vars.n == 2 && has(vars.constructor) && !has(vars.none)", { vars: map })).toBe(true);
      expect(evaluate("result", { result: map })).toEqual({ constructor: 1, n: 2 });
      expect(() => evaluate("result.m", { result: map })).toThrow(/no key "m"/);
      expect(evaluate("result.all(key, key in ['constructor', 'n'])", { result: map })).toBe(true);
    }
  });

  test("reads no name that it does not use", () => {
    const scope = {
      vars: { n: 1 },
      get hostvars(): Data {
        throw new Error("hostvars was read");
      },
    };
    const compiled = compileExpression("vars.n", ["vars", "hostvars"], { locate });
    expect("value" in compiled && compiled.value.evaluate(scope)).toBe(1);
  });

  test("reports every unknown name, with a suggestion", () => {
    expect(problemsOf("vras.a == 1 && helth.b", ["vars", "host", "health"])).toEqual([
      '0: Unknown name "vras" | Did you mean "vars"?',
      '15: Unknown name "helth" | Did you mean "health"?',
    ]);
    expect(problemsOf("min_memory > 3", ["vars", "host"])).toEqual([
      '0: Unknown name "min_memory" | The names here are vars, host; a variable is written vars.min_memory',
    ]);
  });

  test.each([
    ["vars.a and vars.b", '7: Unexpected "and" in the expression | Write && for and'],
    ["not vars.b", '4: Unexpected "vars" in the expression | Write ! for not'],
    ["vars.a = 1", '7: Unexpected "=" in the expression | Write == to compare'],
    ["vars.a === 1", '9: Unexpected "=" in the expression | Write == to compare'],
    [
      "vars.a is defined",
      '7: Unexpected "is" in the expression | Write has(vars.name) to ask whether a key is there, == null to ask for null',
    ],
    [
      "vars.a | length",
      '7: Unexpected "|" in the expression | CEL has no filters: write size(list), or || for or',
    ],
    ["{{ vars.a }}", '10: Unexpected "}" in the expression | An expression stands without ${{ }} here'],
    ["${{ vars.a }}", '0: Unexpected "$" in the expression | An expression stands without ${{ }} here'],
    ["vars.a ==", "9: The expression ends too early"],
    ["  ", "2: The expression is empty"],
    ["'abc", "0: The text in quotes is not closed"],
    ["vars.a == True", '10: Unknown name "True" | Write true'],
    [
      "'a'.matches('(a+)+$')",
      '0: matches() is not offered: a pattern could keep it busy for ever | Write re(text, "pattern")',
    ],
    ["re(vars.a, '(')", "11: Invalid regular expression: error parsing regexp: missing closing ): `(`"],
    ["lenght(vars.a)", '0: Unknown function "lenght" | The functions are'],
    ["sise(vars.a)", '0: Unknown function "sise" | Did you mean "size"?'],
    ["size(1)", "0: size() does not take (int)"],
    ["'a' + 1", '0: "+" does not work on string and int | Turn the other one into text: string(x)'],
    ["if", '0: "if" is a reserved word of CEL'],
  ])("refuses %s", (source, expected) => {
    expect(problemsOf(source, ["vars"])).toEqual([expect.stringContaining(expected) as string]);
  });

  test("refuses what could exhaust the stack", () => {
    expect(problemsOf("[".repeat(300), [])).toEqual(["50: The expression is too large or too deeply nested"]);
    expect(problemsOf("!".repeat(5000), [])).toEqual(["0: The expression is longer than 4096 characters"]);
  });

  test("survives any text", () => {
    for (const source of [
      "!".repeat(4096),
      "-".repeat(4096),
      "a?".repeat(2000),
      "\u0000",
      "\ud800",
      "(".repeat(4096),
    ]) {
      expect(() => compileExpression(source, ["a"], { locate })).not.toThrow();
    }
  });
});

describe("Expression.evaluate()", () => {
  test("names the place, the keys there are and the one that was meant", () => {
    const error = failureOf("1 == 2 ||\n  health.memry > 5", { health: { memory: 1, load: 2 } });
    expect(error.code).toBe("EXPRESSION_FAILED");
    expect(error.message).toBe(
      [
        'Cannot evaluate the expression at site.yml:3:30: no key "memry"',
        "    health.memry > 5",
        "           ^",
      ].join("\n"),
    );
    expect(error.hint).toBe('Did you mean "memory"?');
    expect(failureOf("health.x", { health: { memory: 1, load: 2 } }).hint).toBe(
      "The keys there are: memory, load",
    );
  });

  test.each<[string, Scope, string]>([
    ["health.a.b", { health: { a: null } }, 'no key "b": the value before it is null'],
    ["health.a.b", { health: { a: "x" } }, 'no key "b": the value before it is text'],
    ["health.a", { health: {} }, 'no key "a": the map is empty'],
    ["health[3]", { health: [1] }, "no element 3: the list has 1"],
    ["health.n > 5", { health: { n: "x" } }, '">" does not work on string and int'],
    ["health.n && true", { health: { n: "x" } }, "logical operator requires bool operands, got 'string'"],
    ["1 / health", { health: 0 }, "division by zero"],
    ["health", { health: undefined } as unknown as Scope, '"health" has no value'],
    ["re('a', health)", { health: "(" }, "error parsing regexp: missing closing ): `(`"],
    ["health.toString", { health: { a: 1 } }, 'no key "toString"'],
    ["health.__proto__", { health: { a: 1 } }, 'no key "__proto__"'],
    ["health.constructor", { health: { a: 1 } }, 'no key "constructor"'],
  ])("fails on %s with %j", (source, scope, state) => {
    expect(failureOf(source, scope).message.split("\n")[0]).toContain(`: ${state}`);
  });

  test("is not kept busy by a pattern", () => {
    expect(evaluate("re(vars.text, '(a+)+$')", { vars: { text: `${"a".repeat(5000)}!` } })).toBe(false);
  });
});

describe("compileCondition()", () => {
  test("refuses what can never be true or false", () => {
    const compiled = compileCondition("size(vars)", ["vars"], { locate });
    expect(compiled).toEqual({
      problems: [
        {
          offset: 0,
          message: "A condition must be true or false, but this is of type int",
          hint: "Compare it with something, such as == or >",
        },
      ],
    });
  });

  test("fails where the value turns out to be something else", () => {
    const compiled = compileCondition("vars.a", ["vars"], { locate });
    if ("problems" in compiled) throw new Error("it did not compile");
    expect(compiled.value.evaluate({ vars: { a: true } })).toBe(true);
    expect(() => compiled.value.evaluate({ vars: { a: "yes" } })).toThrow(
      "it is text, and not true or false",
    );
    expect(() => compiled.value.evaluate({ vars: { a: null } })).toThrow("it is null, and not true or false");
  });
});
