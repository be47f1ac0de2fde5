import fc from "fast-check";
import { expect, test } from "vitest";
import type { Value } from "../../src/etf/value.ts";
import { termToJson, valueToJson } from "../../src/etf/json.ts";
import { atom, binary, MapTerm, Pid, tuple } from "../../src/etf/term.ts";
import { anyTerm } from "./arbitrary-term.ts";

test.each<[value: Value, json: unknown]>([
  [null, null],
  [true, true],
  [1.5, 1.5],
  [2n ** 64n, "18446744073709551616"],
  ["text", "text"],
  [Uint8Array.of(255, 0), "/wA="],
  [
    [1n, [Uint8Array.of(1)]],
    ["1", ["AQ=="]],
  ],
  [{ a: { b: 5n } }, { a: { b: "5" } }],
])("valueToJson() makes JSON of %o", (value, json) => {
  expect(valueToJson(value)).toEqual(json);
});

test("termToJson() writes what has no JSON in the language asked for", () => {
  const term = tuple(new Pid("a@b", 5, 1, 2), new MapTerm([[binary("__proto__"), atom("x")]]));
  expect(JSON.stringify(termToJson(term, "elixir"))).toBe('["#PID<0.5.1>",{"__proto__":"x"}]');
  expect(JSON.stringify(termToJson(term, "erlang"))).toBe('["<0.5.1>",{"__proto__":"x"}]');
});

test("termToJson() gives what JSON.stringify keeps, for any term", () => {
  fc.assert(
    fc.property(anyTerm, (term) => {
      const json = termToJson(term);
      expect(JSON.parse(JSON.stringify(json), (_, value: unknown) => value)).toEqual(
        JSON.parse(JSON.stringify(json)),
      );
      expect(JSON.stringify(json)).toBeTypeOf("string");
    }),
  );
});
