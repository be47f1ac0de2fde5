import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { STEP_SCHEMAS } from "../../src/playbook/step-schema.ts";
import { PLAY_SCHEMA } from "../../src/playbook/play-schema.ts";

const text = readFileSync("docs/playbooks.md", "utf8");

test("docs/playbooks.md describes every key", () => {
  const schemas = [PLAY_SCHEMA, ...Object.values(STEP_SCHEMAS)] as unknown as { properties: object }[];
  const keys = new Set(schemas.flatMap(({ properties }) => Object.keys(properties)));
  const missing = [...keys].filter((key) => !text.includes(`\`${key}\``));
  expect(missing).toEqual([]);
});
