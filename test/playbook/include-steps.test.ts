import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { allSteps } from "../../src/playbook/all-steps.ts";
import { selectSteps } from "../../src/engine/select-steps.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import type { Play, Step } from "../../src/playbook/playbook.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";

const folder = temporaryFolder();
let count = 0;

/** Writes files into a folder of their own and loads the first one. */
async function load(
  files: Readonly<Record<string, string>>,
): Promise<{ steps: Step[]; names: string[]; plays: readonly Play[] }> {
  const root = join(folder, String(count++));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  const [first = ""] = Object.keys(files);
  const { plays } = await loadPlaybook(join(root, first)).catch((error: Error) => {
    throw new Error(error.message.replaceAll(`${root}/`, ""));
  });
  const steps = plays.flatMap((play) => (typeof play.steps === "function" ? [] : allSteps(play.steps)));
  return { steps, names: plays.map(({ name }) => name), plays };
}

const INCLUDE = "- hosts: all\n  steps:\n    - include_steps: steps/a.yml\n";

test("include_steps puts the steps of files in its place, with its keys, and what they register", async () => {
  const { steps } = await load({
    "site.yml": `${INCLUDE}      when: vars.a\n      vars: { b: 1 }\n      tags: t\n    - { name: Last, assert: inner == 1 }\n`,
    "steps/a.yml": "- { name: A, assert: vars.b == 1, tags: own }\n- include_steps: more/b.yml\n",
    "steps/more/b.yml": '- block: [{ name: B, run: "m:f()", register: inner }]\n',
  });
  expect(steps.map(({ name, tags }) => [name, tags])).toEqual([
    ["A", ["t", "own"]],
    ["B", ["t"]],
    ["Last", []],
  ]);
  expect(steps[1]?.when.map(({ source }) => source)).toEqual(["vars.a"]);
  expect(steps[1]?.vars["b"]?.evaluate({})).toBe(1);
  expect(steps[1]?.location.file).toMatch(/steps\/more\/b\.yml$/);
});

test("a TypeScript play includes files of steps as well", async () => {
  const { steps } = await load({
    "site.ts":
      'import { play } from "fusion-play";\nexport default play({ hosts: "all", steps: [{ include_steps: "a.yml" }] });\n',
    "a.yml": '- { name: A, assert: "true" }\n',
  });
  expect(steps.map(({ name }) => name)).toEqual(["A"]);
});

test.each<[string, Record<string, string>, RegExp]>([
  [
    "a mistake in the file at its place there",
    { "site.yml": INCLUDE, "steps/a.yml": "- assert: vars.a ==\n- rum: a\n" },
    /^steps\/a\.yml:1:\d+: The expression ends too early[^]*steps\/a\.yml:2:3: Unknown key "rum"/,
  ],
  [
    "a file that is not there",
    { "site.yml": INCLUDE },
    /^site\.yml:3:22: Cannot read "steps\/a\.yml": it does not exist/,
  ],
  [
    "a file that is no list",
    { "site.yml": INCLUDE, "steps/a.yml": "hosts: all\n" },
    /^steps\/a\.yml:1:1: A file of steps is a list of steps, got a mapping/,
  ],
  [
    "a file that includes itself",
    {
      "site.yml": INCLUDE,
      "steps/a.yml": "- include_steps: b.yml\n",
      "steps/b.yml": "- include_steps: a.yml\n",
    },
    /^steps\/b\.yml:1:18: The file includes itself: /,
  ],
  [
    "a template for a path",
    { "site.yml": '- hosts: all\n  steps: [{ include_steps: "${{ vars.file }}" }]\n' },
    /^site\.yml:2:\d+: "include_steps" cannot hold \$\{\{ … \}\}/,
  ],
  [
    "a key that does not fit",
    { "site.yml": `${INCLUDE}      register: a\n`, "steps/a.yml": '- assert: "true"\n' },
    /^site\.yml:4:7: Unknown key "register"/,
  ],
  [
    "a playbook that imports itself",
    { "site.yml": "- import_playbook: b.yml\n", "b.yml": "- import_playbook: site.yml\n" },
    /^b\.yml:1:20: The playbook imports itself: /,
  ],
  [
    "a mistake in an imported playbook, and a key beside the import",
    {
      "site.yml": "- import_playbook: b.yml\n- import_playbook: b.yml\n  hosts: all\n",
      "b.yml": "- hosts: all\n",
    },
    /^b\.yml:1:3: Missing key "steps"[^]*site\.yml:3:3: Unknown key "hosts"/,
  ],
  [
    "a playbook to import by a template",
    { "site.yml": '- import_playbook: "${{ vars.b }}.yml"\n' },
    /^site\.yml:1:20: "import_playbook" cannot hold \$\{\{ … \}\}/,
  ],
  [
    "mistakes in what stands beside an import",
    {
      "site.yml":
        "- import_playbook: b.yml\n  when: vars.a ==\n  vars: { b: '${{ c }}' }\n  tags: { a: b }\n",
      "b.yml": "- { hosts: all, steps: [] }\n",
    },
    /^site\.yml:4:9: "tags" expects/,
  ],
  [
    "a condition of an import that uses what is not known",
    {
      "site.yml": "- import_playbook: b.yml\n  when: result == 1\n",
      "b.yml": "- { hosts: all, steps: [] }\n",
    },
    /^site\.yml:2:9: .*"result"/,
  ],
  [
    "an import with a condition of a play whose steps are a function",
    {
      "site.yml": "- import_playbook: c.ts\n  when: vars.a\n",
      "c.ts":
        'import { play } from "fusion-play";\nexport default play({ hosts: "all", async steps() {} });\n',
    },
    /^c\.ts:2:\d+: steps: This play is imported with "when", which needs a list of steps/,
  ],
  [
    "what is wrong in an imported playbook of Ansible, and what it comes to behind it",
    {
      "site.yml": "- import_playbook: b.yml\n- { hosts: all, steps: [{ rum: a }] }\n",
      "b.yml": "- hosts: all\n  tasks:\n    - shell: uptime\n",
    },
    /^b\.yml:2:3: Unknown key "tasks"[^]*^b\.yml:3:7: There is no module "shell" here[^]*^site\.yml:2:\d+: Unknown key "rum"[^]*^b\.yml:1:1: This is a playbook of Ansible/m,
  ],
  [
    "a playbook to import that is not there",
    { "site.yml": "- import_playbook: b.yml\n" },
    /^site\.yml:1:20: Cannot read "b\.yml": it does not exist/,
  ],
])("loadPlaybook() tells %s", async (_, files, expected) => {
  await expect(load(files)).rejects.toThrow(expected);
});

test("files of steps do not include each other without an end", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 22 }, (_, index) => [`${index}.yml`, `- include_steps: ${index + 1}.yml\n`]),
  );
  const site = { "site.yml": "- { hosts: all, steps: [{ include_steps: 0.yml }] }\n" };
  await expect(load({ ...site, ...files })).rejects.toThrow(
    /^19\.yml:1:18: Files of steps include each other more than 20 deep/,
  );
});

test("import_playbook puts the plays of a playbook in its place, and what they register is known after it", async () => {
  const { names, steps } = await load({
    "site.yml": "- import_playbook: more/b.yml\n- { name: Last, hosts: all, steps: [{ assert: a == 1 }] }\n",
    "more/b.yml":
      '- { name: First, hosts: all, steps: [{ run: "m:f()", register: a }] }\n- import_playbook: c.ts\n',
    "more/c.ts":
      'import { play } from "fusion-play";\nexport default play({ name: "Second", hosts: "all", steps: [{ assert: "a == 1" }] });\n',
  });
  expect(names).toEqual(["First", "Second", "Last"]);
  expect(steps).toHaveLength(3);
});

test("import_playbook puts its keys, and those of imports around it, into the plays", async () => {
  const { plays, steps } = await load({
    "site.yml":
      "- import_playbook: b.yml\n  name: All\n  when: vars.one\n  vars: { a: outer, o: 1 }\n  tags: [x, y]\n",
    "b.yml": "- import_playbook: c.yml\n  when: [vars.two]\n  vars: { a: inner, b: inner }\n  tags: z\n",
    "c.yml": `- hosts: all
  vars: { b: play, c: "\${{ vars.a }}" }
  steps: [{ assert: vars.own, when: vars.three, tags: own, notify: H }]
  handlers: [{ name: H, run: "m:f()" }]
`,
  });
  const [play] = plays;
  expect(Object.keys(play?.vars ?? {})).toEqual(["a", "o", "b", "c"]);
  expect(play?.vars["a"]?.evaluate({})).toBe("outer");
  expect(play?.vars["b"]?.evaluate({})).toBe("inner");
  expect(play?.vars["b"]?.location).toMatchObject({ line: 3 });
  expect(steps[0]?.when.map(({ source }) => source)).toEqual(["vars.one", "vars.two", "vars.three"]);
  expect(steps[0]?.when[0]?.location.file).toMatch(/site\.yml$/);
  expect(steps[0]?.tags).toEqual(["x", "y", "z", "own"]);
  expect(play?.handlers[0]?.step).toMatchObject({ when: [], tags: [] });
});

test("a play whose steps are a function has the tags of its import", async () => {
  const { plays } = await load({
    "site.yml": "- import_playbook: c.ts\n  tags: a, b\n",
    "c.ts": 'import { play } from "fusion-play";\nexport default play({ hosts: "all", async steps() {} });\n',
  });
  const playbooks = [{ file: "site.yml", digest: null, plays }];
  const filter = { tags: [], skipTags: [], startAtStep: undefined };
  expect(selectSteps(playbooks, { ...filter, tags: ["b"] })).toHaveLength(1);
  expect(() => selectSteps(playbooks, { ...filter, tags: ["c"] })).toThrow(/no step is left/);
  expect(() => selectSteps(playbooks, { ...filter, skipTags: ["a"] })).toThrow(/no step is left/);
});
