import { format, inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Secret, secret } from "../src/secret.ts";

const VALUE = "hunter2";

describe("a secret shows nothing of what it holds", () => {
  const made = secret(VALUE);
  test.each<[string, unknown]>([
    ["in a template", `${made as unknown as string}`],
    ["as a text", String(made)],
    ["joined with a text", `a ${"" + (made as unknown as string)}`],
    ["as a part of JSON", JSON.stringify({ made, list: [made] })],
    ["printed by console.log", format("%s %o %j", made, { made }, made)],
    ["looked into", inspect({ made }, { showHidden: true, depth: 9, getters: true })],
    ["looked into without its own text", inspect(made, { customInspect: false, showHidden: true })],
    ["in an error", inspect(new Error(`no ${made as unknown as string}`, { cause: { made } }))],
    ["as its members", JSON.stringify([Object.entries(made), Object.assign({}, made), Object.keys(made)])],
    ["cloned", inspect(structuredClone({ made }))],
    ["as a number", String(Number(made))],
  ])("%s", (_, text) => {
    expect(text).not.toContain(VALUE);
  });

  test("and gives it to those who ask for it", () => {
    expect(made.reveal()).toBe(VALUE);
    expect(new Secret({ a: [VALUE] }).reveal()).toEqual({ a: [VALUE] });
  });

  test("secret() keeps what is one already", () => {
    expect(secret(made)).toBe(made);
  });
});
