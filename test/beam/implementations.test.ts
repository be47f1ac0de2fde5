import { expect, test } from "vitest";
import { decodeAttributes, type Attributes } from "../../src/beam/attributes.ts";
import { isImplementation, isProtocol } from "../../src/beam/implementations.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { parseTerm } from "../../src/etf/parse-term.ts";

/** Attributes of a module, written as `beam_lib` gives them. */
function attributes(text: string): Attributes {
  return decodeAttributes(encodeTerm(parseTerm(text, "erlang")));
}

const IMPLEMENTATION = { module: "Elixir.P.T", protocol: "Elixir.P", target: "Elixir.T" };

test.each(["__impl__", "protocol_impl"])("isImplementation() reads the attribute %s", (name) => {
  const of = attributes(`[{'${name}', [{protocol, 'Elixir.P'}, {for, 'Elixir.T'}]}, {vsn, [1]}]`);
  expect(isImplementation(IMPLEMENTATION, of)).toBe(true);
  expect(isImplementation({ ...IMPLEMENTATION, target: "Elixir.U" }, of)).toBe(false);
});

test("isImplementation() takes no module for one that does not say so", () => {
  expect(isImplementation(IMPLEMENTATION, attributes("[{vsn, [1]}]"))).toBe(false);
});

test.each([
  ["[{'__protocol__', [{fallback_to_any, true}]}]", true],
  ["[{protocol, [{fallback_to_any, false}]}]", true],
  ["[{protocol, [tcp]}]", false],
  ["[{vsn, [1]}]", false],
])("isProtocol() of %s is %s", (text, expected) => {
  expect(isProtocol(attributes(text))).toBe(expected);
});
