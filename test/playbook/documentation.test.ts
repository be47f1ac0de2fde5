import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { STEP_SCHEMAS } from "../../src/playbook/step-schema.ts";
import { PLAY_SCHEMA } from "../../src/playbook/play-schema.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import { writePlaybook } from "./playbook-file.ts";

const text = readFileSync("docs/playbooks.md", "utf8");

const blocks = [...text.matchAll(/^```(yaml|ts)\n(.*?)^```$/gms)].map(
  ([, language = "", source = ""], index) => ({ number: index + 1, language, source }),
);

/** What examples name with `vars_files`. */
const FILES = ["common.yml", "default.yml"];

test("docs/playbooks.md has examples of both languages", () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(["yaml", "ts"]));
});

test.each(blocks)(
  "docs/playbooks.md: example $number, in $language, is a valid playbook",
  async ({ language, source }) => {
    const path = await writePlaybook(language === "yaml" ? "site.yml" : "site.ts", source);
    await mkdir(join(dirname(path), "vars"));
    for (const name of FILES) await writeFile(join(dirname(path), "vars", name), "region: north\n");
    const { plays } = await loadPlaybook(path);
    expect(plays.length).toBe(1);
  },
);

test("docs/playbooks.md describes every key", () => {
  const schemas = [PLAY_SCHEMA, ...Object.values(STEP_SCHEMAS)] as unknown as { properties: object }[];
  const keys = new Set(schemas.flatMap(({ properties }) => Object.keys(properties)));
  const missing = [...keys].filter((key) => !text.includes(`\`${key}\``));
  expect(missing).toEqual([]);
});
