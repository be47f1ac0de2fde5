import { describe, expect, test } from "vitest";
import { TermList, type Data } from "../../src/etf/data.ts";
import { atom, binary, charlist, Float, MapTerm, tuple } from "../../src/etf/term.ts";
import type { Scope } from "../../src/playbook/playbook.ts";
import { loadPlay } from "./playbook-file.ts";

/** Evaluates a value of `vars`, written in YAML. */
async function evaluate(yaml: string, scope: Scope): Promise<Data> {
  const play = await loadPlay(`hosts: all\nvars:\n  value: ${yaml}\nsteps: []\n`);
  return play.vars["value"]?.evaluate(scope) ?? null;
}

describe("Template.evaluate()", () => {
  test.each<[string, Data, Data]>([
    ["${{ vars.a }}", 5, 5],
    ["${{ vars.a + 1 }}", 5, 6],
    ["${{ vars.a / 2.0 }}", 5, new Float(2.5)],
    ["${{ vars.a == null }}", null, true],
    ["${{ vars.a }}", { b: [1] }, { b: [1] }],
    ["a${{ vars.a }}b", 5, "a5b"],
    ["${{ vars.a }}${{ vars.a }}", "x", "xx"],
    ["' ${{ vars.a }}'", 5, " 5"],
    ["is ${{ vars.a }}", null, "is null"],
    ["is ${{ vars.a }}", true, "is true"],
    ["is ${{ vars.a }}", 2n ** 70n, "is 1180591620717411303424"],
    ["is ${{ vars.a }}", { b: [1, "x"] }, 'is {"b":[1,"x"]}'],
    ["is ${{ vars.a }}", atom("ok"), "is ok"],
    ["is ${{ vars.a }}", new TermList(charlist("host")), "is host"],
    ["is ${{ vars.a }}", binary("bytes"), "is bytes"],
    ["\"${{ vars.a + '}}' }}\"", "x", "x}}"],
    ["\"${{ {'b': vars.a}.b }}\"", 5, 5],
    ["\"$ { } ${{ '${{' }}\"", 5, "$ { } ${{"],
    ['["${{ vars.a }}", { b: "<${{ vars.a }}>", c: 1.0 }]', 5, [5, { b: "<5>", c: new Float(1) }]],
    ['!tuple [!atom ok, "${{ vars.a }}"]', "x", tuple(atom("ok"), binary("x"))],
    ['!atom "web_${{ vars.a }}"', 1, atom("web_1")],
    ['!charlist "web${{ vars.a }}"', 1, new TermList(charlist("web1"))],
    ['!keyword { a: "${{ vars.a }}" }', 1, [tuple(atom("a"), 1)]],
    ['"{{1, 2}, 3}"', 1, "{{1, 2}, 3}"],
  ])("gives %s", async (yaml, a, expected) => {
    expect(await evaluate(yaml, { vars: { a } })).toEqual(expected);
  });

  test("keeps a whole term, and a part of it", async () => {
    const state = new MapTerm([[atom("pair"), tuple(atom("ok"), charlist("hi"))]]);
    expect(await evaluate("${{ vars.state }}", { vars: { state } })).toBe(state);
    expect(await evaluate("${{ vars.state.pair }}", { vars: { state } })).toBe(state.entries[0]?.[1]);
    expect(await evaluate("${{ vars.state.pair[0] }}", { vars: { state } })).toEqual(atom("ok"));
    expect(await evaluate("${{ vars.state['pair'][1] }}", { vars: { state } })).toEqual(
      new TermList(charlist("hi")),
    );
  });

  test("says where a path ends", async () => {
    await expect(evaluate("is ${{ vars.a.b }}", { vars: { a: {} } })).rejects.toThrow(
      /Cannot evaluate the expression at .*site\.yml:3:24: no key "b": the map is empty\n {2}vars\.a\.b\n {9}\^/,
    );
  });

  test("refuses a tag that the value does not fit", async () => {
    await expect(evaluate('!atom "${{ vars.a }}"', { vars: { a: [1] } })).rejects.toThrow(
      "!atom expects text",
    );
  });
});
