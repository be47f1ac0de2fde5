import { expect, test } from "vitest";
import {
  applicationsToShip,
  missingApplications,
  namesOfTree,
} from "../../src/engine/applications-to-ship.ts";
import type { Presence } from "../../src/engine/applications-to-ship.ts";
import type { ApplicationTree, ShippedApplication } from "../../src/engine/shipped-application.ts";
import { atom } from "../../src/etf/term.ts";

/** Applications with what each needs; one with `?` behind it is optional. */
function tree(root: string, needs: Readonly<Record<string, readonly string[]>>): ApplicationTree {
  const applications = Object.entries(needs).map(([name, names]): [string, ShippedApplication] => [
    name,
    {
      name,
      version: "1",
      resource: atom(name),
      file: `${name}.app`,
      modules: [name],
      needs: names.map((need) => ({ name: need.replace("?", ""), optional: need.endsWith("?") })),
      files: [],
      folders: [],
      fingerprint: name,
    },
  ]);
  return { root, applications: new Map(applications) };
}

function ship(given: ApplicationTree, presence: Readonly<Record<string, Presence>> = {}): unknown {
  const { applications, missing } = applicationsToShip(given, new Map(Object.entries(presence)));
  return [applications.map(({ name }) => name), missing.map(({ name, neededBy }) => `${neededBy} → ${name}`)];
}

const OTP = { kernel: "own", stdlib: "own" } as const;

test("applicationsToShip() gives dependencies before dependents, each once, and copes with cycles", () => {
  const given = tree("app", { app: ["kernel", "a", "b"], a: ["c"], b: ["c", "a"], c: ["a", "stdlib"] });
  expect(ship(given, OTP)).toEqual([["c", "a", "b", "app"], []]);
});

test("applicationsToShip() leaves to the host what it has, and what is needed only for that", () => {
  const given = tree("app", { app: ["crypto", "dep"], crypto: ["only_crypto"], only_crypto: [], dep: [] });
  expect(ship(given, { crypto: "own" })).toEqual([["dep", "app"], []]);
  // What the host has of somebody else's is replaced.
  expect(ship(given, { crypto: "other" })).toEqual([["only_crypto", "crypto", "dep", "app"], []]);
  expect(ship(given, { app: "own" })).toEqual([[], []]);
});

test("applicationsToShip() tells who needs what nobody has, unless it is optional", () => {
  const given = tree("app", { app: ["kernel", "nowhere", "else?"], dep: ["unseen"] });
  expect(ship(given, OTP)).toEqual([["app"], ["app → nowhere"]]);
  expect(ship(given, { ...OTP, nowhere: "other" })).toEqual([["app"], []]);
  expect(ship(tree("app", { app: ["dep"], dep: ["nowhere"] }))).toEqual([["dep", "app"], ["dep → nowhere"]]);
});

test("namesOfTree() has all that a host is to be asked about", () => {
  expect(namesOfTree(tree("app", { app: ["kernel", "dep?"], dep: ["stdlib"] }))).toEqual([
    "app",
    "dep",
    "kernel",
    "stdlib",
  ]);
});

test("missingApplications() names them and who needs them", () => {
  expect(missingApplications([{ name: "units", neededBy: "weather" }], "web1")).toMatchObject({
    code: "APPLICATION_NOT_FOUND",
    message:
      "Cannot find the application units: neither the code paths nor web1 have it (weather needs units)",
  });
  const two = [
    { name: "units", neededBy: "weather" },
    { name: "units", neededBy: "beacon" },
    { name: "poolboy", neededBy: "beacon" },
  ];
  expect(missingApplications(two, "web1").message).toBe(
    "Cannot find applications units, poolboy: neither the code paths nor web1 have them " +
      "(weather needs units, beacon needs units, beacon needs poolboy)",
  );
});
