import { expect, test } from "vitest";
import { pairSteps } from "../../src/report/pair-steps.ts";
import type { NamedStep } from "../../src/report/step-heading.ts";

/** Steps of one written name, by their names on the host. */
function installs(...names: string[]): NamedStep[] {
  return names.map((name, index) => ({
    name,
    written_name: "Install ${{ vars.app }}",
    ...(index === 0 ? {} : { written_nth: index + 1 }),
  }));
}

/** Names of the steps in both runs; the ones that are gone come first. */
function paired(before: readonly NamedStep[], after: readonly NamedStep[]): (string | undefined)[][] {
  const pairs = pairSteps(before, after);
  const gone = pairs.before.filter((pair) => pair.after === undefined);
  return [...gone, ...pairs.after].map((pair) => [pair.before?.name, pair.after?.name]);
}

test("pairSteps() finds a step again whose name has changed with a variable", () => {
  const release = (number: number): NamedStep[] => [
    { name: "First" },
    { name: `Deploy ${number}`, written_name: "Deploy ${{ vars.release }}" },
  ];
  expect(paired(release(1), release(2))).toEqual([
    ["First", "First"],
    ["Deploy 1", "Deploy 2"],
  ]);
});

test("pairSteps() goes by the names of steps that are written several times, whatever comes between them", () => {
  expect(paired(installs("web", "db"), installs("web", "cache", "db"))).toEqual([
    ["web", "web"],
    [undefined, "cache"],
    ["db", "db"],
  ]);
  expect(paired(installs("web", "cache", "db"), installs("db", "web"))).toEqual([
    ["cache", undefined],
    ["db", "db"],
    ["web", "web"],
  ]);
});

test("pairSteps() has as many pairs of one name as both runs have, also where only one was written with expressions", () => {
  expect(paired([{ name: "A" }, { name: "A" }], [{ name: "A" }])).toEqual([
    ["A", undefined],
    ["A", "A"],
  ]);
  expect(paired([{ name: "web" }], installs("web"))).toEqual([["web", "web"]]);
});
