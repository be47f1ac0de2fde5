import { expect, test } from "vitest";
import { closureOf, type ModuleGraph } from "../../src/beam/closure.ts";
import { possibleImplementations } from "../../src/beam/implementations.ts";

/** A graph of modules with what each names; those in `protocols` are protocols. */
function graph(
  names: Readonly<Record<string, readonly string[]>>,
  protocols: readonly string[] = [],
): ModuleGraph {
  const has = (module: string): boolean => Object.hasOwn(names, module);
  const implementations = possibleImplementations(Object.keys(names));
  return {
    has,
    needs: (module) => (names[module] ?? []).filter(has),
    foreignProtocols: (module) =>
      (names[module] ?? []).filter(
        (name) => !has(name) && implementations.some(({ protocol }) => protocol === name),
      ),
    isProtocol: (module) => protocols.includes(module),
    possibleImplementations: implementations,
    isImplementation: ({ module, protocol, target }) =>
      names[module]?.includes(protocol) === true && names[module].includes(target),
  };
}

function modules(roots: readonly string[], of: ModuleGraph): string[] {
  return closureOf(roots, of).entries.map(({ module }) => module);
}

test("closureOf() puts a module after what it needs, cuts cycles and leaves out what nobody needs", () => {
  const of = graph({ app: ["store", "lists"], store: ["codec"], codec: ["store"], other: ["app"] });
  expect(closureOf(["app"], of).entries).toEqual([
    { module: "codec", neededBy: "store" },
    { module: "store", neededBy: "app" },
    { module: "app", neededBy: null },
  ]);
});

test("closureOf() lists a module once that several need", () => {
  const of = graph({ top: ["left", "right"], left: ["base"], right: ["base"], base: [] });
  expect(modules(["top"], of)).toEqual(["base", "left", "right", "top"]);
  expect(modules(["left", "top", "left"], of)).toEqual(["base", "left", "right", "top"]);
});

test("closureOf() says of what was asked for that nothing else brought it in", () => {
  const of = graph({ top: ["base"], base: [] });
  expect(closureOf(["top", "base"], of).entries).toEqual([
    { module: "base", neededBy: null },
    { module: "top", neededBy: null },
  ]);
});

test("closureOf() takes an implementation for a built-in type, whether or not its module is needed", () => {
  const names = {
    top: ["Elixir.Size"],
    "Elixir.Size": [],
    "Elixir.List": [],
    "Elixir.Folder": [],
    "Elixir.Size.List": ["Elixir.Size", "Elixir.List"],
    "Elixir.Size.Folder": ["Elixir.Size", "Elixir.Folder"],
  };
  const of = {
    ...graph(names, ["Elixir.Size"]),
    needs: (module: string) => (module === "top" ? ["Elixir.Size"] : []),
  };
  expect(modules(["top"], of)).toEqual(["Elixir.Size", "top", "Elixir.Size.List"]);
});

test("closureOf() follows chains that are longer than the stack of JavaScript", () => {
  const length = 50_000;
  const chain = Object.fromEntries(
    Array.from({ length }, (_, index) => [`m${index}`, index + 1 < length ? [`m${index + 1}`] : []]),
  );
  const closure = modules(["m0"], graph(chain));
  expect(closure).toHaveLength(length);
  expect(closure.at(0)).toBe(`m${length - 1}`);
  expect(closure.at(-1)).toBe("m0");
});

const SIZE = "Elixir.Size";
const FOLDER = "Elixir.Disk.Folder";

test("closureOf() adds the implementations of a protocol for what is in the closure, not for the rest", () => {
  const of = graph(
    {
      "Elixir.App": [SIZE, FOLDER],
      [SIZE]: [],
      [FOLDER]: [],
      "Elixir.Disk.Unused": [],
      "Elixir.Size.Disk.Folder": [SIZE, FOLDER, "Elixir.Disk.Format"],
      "Elixir.Disk.Format": [],
      "Elixir.Size.Disk.Unused": [SIZE, "Elixir.Disk.Unused"],
      "Elixir.Size.List": [SIZE, "Elixir.List"],
    },
    [SIZE],
  );
  expect(closureOf(["Elixir.App"], of).entries).toEqual([
    { module: SIZE, neededBy: "Elixir.App" },
    { module: FOLDER, neededBy: "Elixir.App" },
    { module: "Elixir.App", neededBy: null },
    { module: "Elixir.Disk.Format", neededBy: "Elixir.Size.Disk.Folder" },
    { module: "Elixir.Size.Disk.Folder", neededBy: FOLDER },
    { module: "Elixir.Size.List", neededBy: SIZE },
  ]);
});

test("closureOf() adds implementations that others bring in", () => {
  const of = graph(
    {
      [SIZE]: [],
      "Elixir.Size.List": [SIZE, "Elixir.List", FOLDER],
      [FOLDER]: [],
      "Elixir.String.Chars.Disk.Folder": ["Elixir.String.Chars", FOLDER],
    },
    [SIZE],
  );
  expect(modules([SIZE], of)).toEqual([SIZE, FOLDER, "Elixir.Size.List", "Elixir.String.Chars.Disk.Folder"]);
});

test("closureOf() adds implementations of Elixir's protocols for Elixir's types where the protocol is named", () => {
  const inspect = { "Elixir.Inspect.Tuple": ["Elixir.Inspect", "Elixir.Tuple"] };
  expect(modules(["quiet"], graph({ quiet: [], ...inspect }))).toEqual(["quiet"]);
  expect(closureOf(["loud"], graph({ loud: ["Elixir.Inspect"], ...inspect })).entries).toEqual([
    { module: "loud", neededBy: null },
    { module: "Elixir.Inspect.Tuple", neededBy: "loud" },
  ]);
});

test("closureOf() takes a module below another for no implementation unless it says so", () => {
  const of = graph({ [SIZE]: [], "Elixir.Size.Disk.Folder": [], [FOLDER]: [], app: [SIZE, FOLDER] }, [SIZE]);
  expect(modules(["app"], of)).toEqual([SIZE, FOLDER, "app"]);
});
