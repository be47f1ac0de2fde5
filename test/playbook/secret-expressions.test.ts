import { describe, expect, test } from "vitest";
import { dataToTerm, type Data } from "../../src/etf/data.ts";
import { atom, binary, MapTerm, tuple } from "../../src/etf/term.ts";
import { HIDE, type Play, type Scope } from "../../src/playbook/playbook.ts";
import { MASK, secret, Secret } from "../../src/secret.ts";
import { loadPlay } from "./playbook-file.ts";

const TOKEN = secret("hunter2");
const VARS: Data = {
  token: TOKEN,
  plain: "plain",
  list: ["a", secret("b-secret"), "c"],
  map: { user: "ada", password: secret("p-secret") },
  whole: secret({ user: "root", ports: [80, 443] }),
};
const RESULT = secret(new MapTerm([[atom("pair"), tuple(atom("ok"), binary("r-secret"))]]));

async function playOf(yaml: string): Promise<Play> {
  return loadPlay(`hosts: all\nvars:\n  value: ${yaml}\nsteps: []\n`);
}

interface Evaluated {
  readonly data: Data;
  /** What is to be hidden from then on. */
  readonly hidden: readonly Data[];
}

async function evaluate(yaml: string): Promise<Evaluated> {
  const { vars } = await playOf(yaml);
  const hidden: Data[] = [];
  const scope: Scope = { vars: VARS, run: RESULT, [HIDE]: (data) => hidden.push(data) };
  return { data: vars["value"]?.evaluate(scope) ?? null, hidden };
}

describe("an expression", () => {
  test.each<[string, Data]>([
    ["${{ vars.token }}", TOKEN],
    ["${{ vars.list[1] }}", secret("b-secret")],
    ["${{ vars.whole.user }}", secret("root")],
    ["${{ vars.whole.ports[1] }}", secret(443)],
    ["${{ run.pair[1] }}", secret(binary("r-secret"))],
    ["${{ vars.map }}", { user: "ada", password: secret("p-secret") }],
    ['["${{ vars.token }}", "${{ vars.plain }}"]', [TOKEN, "plain"]],
  ])("that names a place gives what stands there: %s", async (yaml, expected) => {
    expect(await evaluate(yaml)).toEqual({ data: expected, hidden: [] });
  });

  test.each<[string, Data]>([
    ["${{ vars.token + '!' }}", "hunter2!"],
    ["${{ size(vars.token) }}", 7],
    ["${{ vars.list.map(x, x + '.') }}", ["a.", "b-secret.", "c."]],
    ["${{ vars.whole.ports[0] + 1 }}", 81],
    ["\"${{ vars.map == {'user': 'ada', 'password': 'p-secret'} }}\"", true],
    ["${{ [vars.map][0] }}", { user: "ada", password: "p-secret" }],
    ["${{ run.pair[1] + '' }}", "r-secret"],
  ])("that reads a secret gives one, which is hidden: %s", async (yaml, expected) => {
    expect(await evaluate(yaml)).toEqual({ data: secret(expected), hidden: [expected] });
  });

  test.each<[string, Data]>([
    ["${{ vars.plain + '!' }}", "plain!"],
    ["${{ vars.list[0] + vars.list[2] }}", "ac"],
    ["${{ vars.map.user + '' }}", "ada"],
    ["${{ size(vars.list) + 0 }}", 3],
  ])("that reads no secret, but what stands beside one, gives none: %s", async (yaml, expected) => {
    expect(await evaluate(yaml)).toEqual({ data: expected, hidden: [] });
  });

  test("that chooses one of its own words by a secret gives a secret, which may stand elsewhere", async () => {
    const made = await evaluate("\"${{ has(vars.token) ? 'enabled' : 'disabled' }}\"");
    expect(made).toEqual({ data: secret("enabled"), hidden: [] });
  });

  test("in a text makes a secret of it, which shows the rest", async () => {
    const { data, hidden } = await evaluate(
      '"user ${{ vars.map.user }} has ${{ vars.token }} ${{ vars.map }}"',
    );
    expect(data).toEqual(secret('user ada has hunter2 {"user":"ada","password":"p-secret"}'));
    expect(`${data as string}`).toBe(`user ada has ${MASK} {"user":"ada","password":"${MASK}"}`);
    expect(hidden).toEqual([]);
  });

  test("below a tag of terms makes a secret of the term", async () => {
    const made = await evaluate('!tuple [!atom ok, "${{ vars.token }}"]');
    expect(made.data).toEqual(secret(tuple(atom("ok"), binary("hunter2"))));
    const constant = await evaluate("!tuple [!atom ok, !secret hunter2]");
    expect(constant.data).toEqual(secret(tuple(atom("ok"), binary("hunter2"))));
  });

  test("that fails on a secret does not say what it read", async () => {
    for (const expression of ["vars.whole[vars.token]", "vars.map[vars.token + '!']"]) {
      const error = await evaluate(`\${{ ${expression} }}`).catch((reason: unknown) => reason as Error);
      expect(error).toMatchObject({
        code: "EXPRESSION_FAILED",
        message: expect.stringContaining('no key "…"'),
      });
      expect((error as Error).message).not.toMatch(/hunter2|root|ports/);
    }
  });
});

describe("!secret", () => {
  test.each<[string, Data]>([
    ['!secret "${{ vars.plain }}"', "plain"],
    ['!secret "a ${{ vars.plain }}"', "a plain"],
    ['!secret ["${{ vars.plain }}", 1]', ["plain", 1]],
    ['!secret { a: "${{ vars.plain }}" }', { a: "plain" }],
    ['!secret "${{ vars.token }}"', "hunter2"],
  ])("makes a secret of what an expression gives, and hides it: %s", async (yaml, expected) => {
    expect(await evaluate(yaml)).toEqual({ data: secret(expected), hidden: [expected] });
  });

  test("does not hide the expression itself", async () => {
    const play = await playOf('!secret "${{ vars.plain }}"');
    expect(play.vars["value"]).toBeDefined();
    const { data } = await evaluate("!secret [a, b]");
    expect(data).toEqual(secret(["a", "b"]));
    expect(data).toBeInstanceOf(Secret);
  });
});

describe("what a host is sent", () => {
  test("is what secrets hold: arguments, text in calls, and bindings", async () => {
    const play = await loadPlay(`
hosts: all
steps:
  - run: 'm:f("\${{ vars.token }}", <<"\${{ vars.token }}">>, \${{ vars.whole }})'
  - run: { module: m, function: f, args: ["\${{ vars.token + '!' }}", !secret x] }
`);
    const steps = Array.isArray(play.steps) ? (play.steps as never[]) : [];
    const terms = (steps as { call: { arguments(scope: Scope): unknown } }[]).map(({ call }) =>
      call.arguments({ vars: VARS }),
    );
    expect(terms).toEqual([
      [[...Buffer.from("hunter2")], binary("hunter2"), dataToTerm({ user: "root", ports: [80, 443] })],
      [binary("hunter2!"), binary("x")],
    ]);
  });
});
