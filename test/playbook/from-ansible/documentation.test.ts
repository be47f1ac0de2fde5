import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileCel } from "../../../src/playbook/cel.ts";
import { FOREIGN_KEYWORDS, foreignKeyword } from "../../../src/playbook/from-ansible/keywords.ts";
import { MODULE_ADVICE } from "../../../src/playbook/from-ansible/modules.ts";
import { PLAY_SCHEMA } from "../../../src/playbook/play-schema.ts";
import { STEP_SCHEMAS } from "../../../src/playbook/step-schema.ts";
import { loadText, writePlaybook } from "../playbook-file.ts";
import { ansibleKeywords } from "./ansible-doc.ts";

const text = readFileSync("docs/from-ansible.md", "utf8");
const keywords = ansibleKeywords();

/** The cells of the rows of the table below a heading, by the key in the first one. */
function tableBelow(heading: string): Map<string, readonly string[]> {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `([a-z_0-9]+)` +\|(.*)\|$/gm)];
  return new Map(
    rows.map(([, key = "", cells = ""]) => [key, cells.split(/(?<!\\)\|/).map((cell) => cell.trim())]),
  );
}

/** Where fusion-play has a key of this name: `play`, `block`, `step`. */
function placesOf(key: string): string[] {
  const { block, ...kinds } = STEP_SCHEMAS;
  const has = (schema: unknown): boolean => key in (schema as { properties: object }).properties;
  const places: readonly (readonly [string, boolean])[] = [
    ["play", has(PLAY_SCHEMA)],
    ["block", has(block)],
    ["step", Object.values(kinds).some(has)],
  ];
  return places.flatMap(([place, isThere]) => (isThere ? [place] : []));
}

test("docs/from-ansible.md has every keyword of ansible-core, and says where Ansible and fusion-play have it", () => {
  const table = tableBelow("Keywords");
  const written = Object.keys(keywords).map((key) => {
    const [ofAnsible, here] = table.get(key) ?? [];
    return [key, ofAnsible, here];
  });
  const expected = Object.entries(keywords).map(([key, { applies_to }]) => {
    const places = applies_to.map((place) => place.toLowerCase()).join(", ");
    return [key, places || "removed", placesOf(key).join(", ") || "none"];
  });
  expect(written).toEqual(expected);
});

test("foreignKeyword() knows every keyword of ansible-core that fusion-play has not, and none that it has", () => {
  const foreign = Object.keys(keywords).filter((key) => placesOf(key).length === 0);
  expect(foreign.filter((key) => foreignKeyword(key) === undefined)).toEqual([]);
  expect(FOREIGN_KEYWORDS.filter((key) => placesOf(key).length > 0)).toEqual([]);
});

test("docs/from-ansible.md says of every module what validate says", () => {
  const plain = text.replaceAll(/ +/g, " ");
  const rows = MODULE_ADVICE.map(({ modules, advice, step = "" }) => {
    const names = modules.map((name) => `\`${name}\``).join(", ");
    const lines = step === "" ? [] : step.split("\n").map((line) => `\`${line}\``);
    return `| ${names} | ${advice} | ${lines.join(" ")}`.trimEnd();
  });
  expect(rows.filter((row) => !plain.includes(row))).toEqual([]);
});

test("docs/from-ansible.md has expressions that can be compiled", () => {
  const section = text.split("\n## Templates and conditions\n")[1] ?? "";
  const expressions = [...section.matchAll(/\$\{\{ (.*?) \}\}/g)].map(([, expression = ""]) => expression);
  expect(expressions.length).toBeGreaterThan(4);
  expect(expressions.filter((expression) => "problems" in compileCel(expression, ["vars"]))).toEqual([]);
});

test("the plays of docs/from-ansible.md are valid, for Ansible and for fusion-play", async () => {
  const [ofAnsible = "", ours = ""] = [...text.matchAll(/^```ya?ml\n(.*?)^```$/gms)].map(([, play]) => play);
  const path = await writePlaybook("site.yml", ofAnsible);
  execFileSync("ansible-playbook", ["--syntax-check", "-i", "web1,", path], { stdio: "pipe" });
  const { plays } = await loadText(ours);
  expect(plays.map(({ name }) => name)).toEqual(["Room on the disk"]);
});
