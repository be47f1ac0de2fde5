import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { modulesSchema } from "../../src/report/modules-schema.ts";
import { sampleModules, sampleWhy } from "./sample-modules.ts";

const isModules = new Ajv2020({ strict: true, allErrors: true }).compile(modulesSchema);

test("schemas/modules.schema.json is what the source describes", async () => {
  await expect(`${JSON.stringify(modulesSchema, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/modules.schema.json",
  );
});

test.each([
  ["a closure with every kind of reason", sampleModules],
  ["chains of needs", sampleWhy],
  ["no chain", { ...sampleWhy, chains: [], chain_count: 0 }],
])("modulesSchema accepts %s", (_name, report) => {
  isModules(structuredClone(report));
  expect(isModules.errors).toBeNull();
});

test.each<[string, (report: Record<string, unknown>) => void]>([
  ["an unknown key", (report) => Object.assign(report, { extra: 1 })],
  ["a missing key", (report) => delete report["totals"]],
  ["another version", (report) => Object.assign(report, { version: 2 })],
  ["an unknown reason", (report) => Object.assign(report, { modules: [moduleWith({ type: "guess" })] })],
  [
    "calls of no function",
    (report) => Object.assign(report, { modules: [moduleWith({ type: "imports", functions: [] })] }),
  ],
])("modulesSchema refuses a closure with %s", (_name, damage) => {
  const report = structuredClone(sampleModules) as unknown as Record<string, unknown>;
  damage(report);
  expect(isModules(report)).toBe(false);
});

function moduleWith(reason: unknown): unknown {
  return { ...sampleModules.modules[0], reason };
}
