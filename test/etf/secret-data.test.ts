import { expect, test } from "vitest";
import { dataAt, dataToTerm, dataToValue, TermList, type Data } from "../../src/etf/data.ts";
import { valueToJson } from "../../src/etf/json.ts";
import { holdsSecret, revealData, secretsIn, shownData } from "../../src/etf/secret-data.ts";
import { atom, binary, MapTerm, tuple } from "../../src/etf/term.ts";
import { secret } from "../../src/secret.ts";

const DATA: Data = { plain: 1, deep: [secret("a"), { b: secret({ c: secret("inner") }) }] };

test("dataToTerm() reveals secrets, however deep", () => {
  expect(dataToTerm(DATA)).toEqual(dataToTerm({ plain: 1, deep: ["a", { b: { c: "inner" } }] }));
  expect(dataToTerm(secret(atom("ok")))).toEqual(atom("ok"));
});

test("dataToValue() keeps secrets, and JSON shows none", () => {
  const value = dataToValue(DATA);
  expect(value).toEqual({ plain: 1, deep: [secret("a"), { b: secret({ c: secret("inner") }) }] });
  expect(valueToJson(value)).toEqual({ plain: 1, deep: ["********", { b: "********" }] });
  expect(dataToValue(secret(binary("x")))).toEqual(secret("x"));
});

test("dataAt() gives parts of a secret as secrets", () => {
  const term = new MapTerm([[atom("token"), tuple(atom("ok"), binary("x"))]]);
  expect(dataAt(DATA, ["deep", 1, "b"])).toEqual(secret({ c: secret("inner") }));
  expect(dataAt(DATA, ["deep", 1, "b", "c"])).toEqual(secret("inner"));
  expect(dataAt(secret(term), ["token", 1])).toEqual(secret(binary("x")));
  expect(dataAt(secret(new TermList([1])), [0])).toEqual(secret(1));
  expect(dataAt(DATA, ["deep", 1, "b", "d"])).toBeUndefined();
  expect(dataAt(DATA, ["deep", 0, "a"])).toBeUndefined();
});

test("revealData() and shownData() put something in the place of each secret", () => {
  expect(revealData(DATA)).toEqual({ plain: 1, deep: ["a", { b: { c: "inner" } }] });
  expect(shownData(DATA)).toEqual({ plain: 1, deep: ["********", { b: "********" }] });
  const plain = { a: [1, tuple(1)] };
  expect(revealData(plain)).toBe(plain);
  expect(shownData(plain)).toBe(plain);
});

test("secretsIn() finds those that stand in data, also where it holds itself", () => {
  expect([...secretsIn(DATA)].map(String)).toEqual(["********", "********"]);
  const endless: Record<string, Data> = { a: secret("x") };
  endless["self"] = [endless, endless];
  expect([...secretsIn(endless)]).toEqual([secret("x")]);
  expect(holdsSecret(endless)).toBe(true);
  expect(holdsSecret({ a: [1, "text", tuple(1), new TermList([1])] })).toBe(false);
});
