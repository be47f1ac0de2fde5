import { expect, test } from "vitest";
import { modulesOfCall } from "../../src/engine/modules-of-call.ts";
import { atom, Export, ImproperList, MapTerm, tuple } from "../../src/etf/term.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";

test("modulesOfCall() finds the called module and those in arguments, however deep, once each", () => {
  const source = new FakeModuleSource({
    "Elixir.App": [],
    my_callback: [],
    in_map: [],
    in_tail: [],
    other: [],
  });
  const args = [
    tuple(atom("ok"), [new MapTerm([[atom("key"), atom("in_map")]])]),
    new ImproperList([1, atom("lists")], atom("in_tail")),
    new Export("my_callback", "go", 2),
    atom("my_callback"),
  ];
  expect(modulesOfCall(source, "Elixir.App", args).sort()).toEqual([
    "Elixir.App",
    "in_map",
    "in_tail",
    "my_callback",
  ]);
  expect(modulesOfCall(source, "os", [])).toEqual([]);
});
