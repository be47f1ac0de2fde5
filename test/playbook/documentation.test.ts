import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { STEP_SCHEMAS } from "../../src/playbook/step-schema.ts";
import { PLAY_SCHEMA } from "../../src/playbook/play-schema.ts";
import { loadText } from "./playbook-file.ts";

const text = readFileSync("docs/playbooks.md", "utf8");

const blocks = [...text.matchAll(/^```(yaml|ts)\n(.*?)^```$/gms)].map(
  ([, language = "", source = ""], index) => ({ number: index + 1, language, source }),
);

test("docs/playbooks.md has examples of both languages", () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(["yaml", "ts"]));
});

test.each(blocks)(
  "docs/playbooks.md: example $number, in $language, is a valid playbook",
  async ({ language, source }) => {
    const { plays } = await loadText(source, language === "yaml" ? "site.yml" : "site.ts");
    expect(plays.length).toBe(1);
  },
);

test("docs/playbooks.md describes every key", () => {
  const schemas = [PLAY_SCHEMA, ...Object.values(STEP_SCHEMAS)] as unknown as { properties: object }[];
  const keys = new Set(schemas.flatMap(({ properties }) => Object.keys(properties)));
  const missing = [...keys].filter((key) => !text.includes(`\`${key}\``));
  expect(missing).toEqual([]);
});
