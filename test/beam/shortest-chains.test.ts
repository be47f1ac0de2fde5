import { expect, test } from "vitest";
import type { Dependencies } from "../../src/beam/dependencies.ts";
import { shortestChains } from "../../src/beam/shortest-chains.ts";

/** Modules with what each needs; names that are no keys are provided. */
function dependencies(
  roots: readonly string[],
  needs: Readonly<Record<string, readonly string[]>>,
): Dependencies {
  const isOwn = (module: string): boolean => Object.hasOwn(needs, module);
  const need = (module: string): Dependencies["modules"][number]["needs"][number] => ({
    module,
    reason: { type: "imports", functions: ["f/0"] },
  });
  const modules = Object.entries(needs).map(([name, all]) => ({
    name,
    binary: new Uint8Array(),
    md5: "",
    file: "",
    fileBytes: 0,
    compiledBy: undefined,
    minimumOtp: undefined,
    hasOnLoad: false,
    elixir: null,
    application: undefined,
    neededBy: null,
    reason: null,
    needs: all.filter(isOwn).map(need),
    needsProvided: all.filter((module) => !isOwn(module)).map(need),
  }));
  return { roots, modules, provided: [] };
}

/** Chains as lists of names, and how many there are. */
function chains(of: Dependencies, target: string, limit = 10): [string[], number] {
  const { chains: found, count } = shortestChains(of, target, limit);
  return [found.map((chain) => chain.map(({ module }) => module).join(" ")), count];
}

test("shortestChains() finds all of the shortest ways, and none that is longer", () => {
  const of = dependencies(["top"], {
    top: ["left", "right", "detour"],
    detour: ["right"],
    left: ["base"],
    right: ["base", "left"],
    base: ["top"],
  });
  expect(chains(of, "base")).toEqual([["top left base", "top right base"], 2]);
  expect(chains(of, "base", 1)).toEqual([["top left base"], 2]);
});

test("shortestChains() starts at the nearest module that was asked for, which may be the one itself", () => {
  const of = dependencies(["far", "near"], { far: ["near"], near: ["it"], it: [] });
  expect(chains(of, "it")).toEqual([["near it"], 1]);
  expect(chains(of, "near")).toEqual([["near"], 1]);
  expect(shortestChains(of, "near", 1).chains).toEqual([[{ module: "near", reason: null }]]);
});

test("shortestChains() leads to modules that are provided, and gives none where nothing needs the module", () => {
  const of = dependencies(["top"], { top: ["lists"], alone: ["lists"] });
  expect(chains(of, "lists")).toEqual([["top lists"], 1]);
  expect(chains(of, "alone")).toEqual([[], 0]);
  expect(chains(of, "unknown")).toEqual([[], 0]);
});

test("shortestChains() counts the ways through many diamonds without walking them", () => {
  const needs: Record<string, string[]> = { top: ["a0", "b0"], end: [] };
  for (let level = 0; level < 100; level++) {
    const next = level === 99 ? ["end"] : [`a${level + 1}`, `b${level + 1}`];
    needs[`a${level}`] = next;
    needs[`b${level}`] = next;
  }
  const [found, count] = chains(dependencies(["top"], needs), "end", 3);
  expect(found).toHaveLength(3);
  expect(new Set(found).size).toBe(3);
  expect(count).toBe(Number.MAX_SAFE_INTEGER);
});

test("shortestChains() follows chains that are longer than the stack of JavaScript", () => {
  const length = 50_000;
  const chain = Object.fromEntries(
    Array.from({ length }, (_, index) => [`m${index}`, index + 1 < length ? [`m${index + 1}`] : []]),
  );
  const { chains: found } = shortestChains(dependencies(["m0"], chain), `m${length - 1}`, 1);
  expect(found[0]).toHaveLength(length);
});
