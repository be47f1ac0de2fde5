import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import type { VariablesReport } from "../../src/report/variables-report.ts";
import { variablesSchema } from "../../src/report/variables-schema.ts";

const isVariables = new Ajv2020({ strict: true, allErrors: true }).compile(variablesSchema);

const SOURCE = { level: "host", by: "web1", state: "known", value: [1, { a: null }], file: "h.yml", line: 3 };
const EXTRA = { level: "extra", by: null, state: "secret", value: null, file: "--extra-vars", line: null };
const SAMPLE = {
  version: 1,
  host: "web1",
  plays: [{ name: null, variables: [{ name: "port", given: [EXTRA, SOURCE] }] }],
} as VariablesReport;

test("schemas/variables.schema.json is what the source describes", async () => {
  await expect(`${JSON.stringify(variablesSchema, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/variables.schema.json",
  );
});

test("variablesSchema accepts variables of every state", () => {
  isVariables(SAMPLE);
  expect(isVariables.errors).toBeNull();
});

test.each<[string, object]>([
  ["an unknown level", { ...SOURCE, level: "facts" }],
  ["an unknown key", { ...SOURCE, column: 1 }],
  ["line 0", { ...SOURCE, line: 0 }],
])("variablesSchema refuses %s", (_, source) => {
  const plays = [{ name: null, variables: [{ name: "port", given: [source] }] }];
  expect(isVariables({ ...SAMPLE, plays })).toBe(false);
});
