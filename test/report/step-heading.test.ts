import { expect, test } from "vitest";
import { headingsOf, headingWith, stepIdentity, type NamedStep } from "../../src/report/step-heading.ts";

const written_name = "A ${{ vars.zone }}";

test("stepIdentity() is what is written in the playbook, and tells apart what is written several times", () => {
  const identities = [
    { name: "A 1", written_name },
    { name: "A 2", written_name },
    { name: "A 2", written_name, written_nth: 2 },
    { name: "A 2" },
  ].map(stepIdentity);
  expect(identities[0]).toBe(identities[1]);
  expect(new Set(identities).size).toBe(3);
});

test("headingWith() is the name that all hosts have, or the one that is written", () => {
  const heading = (...names: string[]): string | undefined =>
    names.reduce<string | undefined>((known, name) => headingWith(known, { name, written_name }), undefined);
  expect(heading("A 1", "A 1")).toBe("A 1");
  expect(heading("A 1", "A 2", "A 2", "A 1")).toBe(written_name);
  expect(heading("A 1", written_name, "A 1")).toBe(written_name);
  expect(headingWith("A", { name: "A" })).toBe("A");
});

test("headingsOf() a play has one heading for each step of it", () => {
  const steps = (zone: string): NamedStep[] => [
    { name: "Static" },
    { name: `A ${zone}`, written_name },
    { name: "A all", written_name, written_nth: 2 },
  ];
  const hosts = { web1: { steps: steps("1") }, web2: { steps: steps("2") } };
  expect(steps("2").map(headingsOf(hosts))).toEqual(["Static", written_name, "A all"]);
});
