import { expect, test } from "vitest";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import type { Play } from "../../src/playbook/playbook.ts";
import type { ExtraVariables } from "../../src/playbook/playbook-source.ts";
import { secret } from "../../src/secret.ts";
import { writePlaybook } from "./playbook-file.ts";

async function playOf(keys: string, extraVars?: ExtraVariables): Promise<Play> {
  const path = await writePlaybook("site.yml", `${keys}\nsteps: []\n`);
  const [play] = (await loadPlaybook(path, extraVars === undefined ? {} : { extraVars })).plays;
  if (play === undefined) throw new Error("there is a play");
  return play;
}

test.each([
  ["hosts: ${{ vars.target }}", { target: "web" }, { hosts: "web", name: "web" }],
  ["hosts: web:&${{ vars.region }}", { region: "eu" }, { hosts: "web:&eu" }],
  ['hosts: ["${{ vars.target }}", "!db"]', { target: "web" }, { hosts: "web,!db" }],
  ["hosts: ${{ vars.targets }}", { targets: ["web", "db"] }, { hosts: "web,db" }],
  ["hosts: \"${{ has(vars.target) ? vars.target : 'none' }}\"", {}, { hosts: "none" }],
  ["hosts: ${{ vars.a }}\nvars: { a: web }", {}, { hosts: "web" }],
  ["hosts: ${{ vars.a }}\nvars: { a: web }", { a: "db" }, { hosts: "db" }],
  ["hosts: ${{ vars.b }}\nvars: { a: '${{ host.name }}', b: 'x${{ vars.c }}' }", { c: 1 }, { hosts: "x1" }],
  ["hosts: all\nserial: ${{ vars.n }}", { n: 3 }, { serial: [{ hosts: 3 }] }],
  ["hosts: all\nserial: ${{ vars.n }}%", { n: 25 }, { serial: [{ percent: 25 }] }],
  [
    "hosts: all\nserial: ${{ vars.n }}",
    { n: [1, "25%", "4"] },
    { serial: [{ hosts: 1 }, { percent: 25 }, { hosts: 4 }] },
  ],
  ["hosts: all\nserial: [1, '${{ vars.n }}']", { n: "50%" }, { serial: [{ hosts: 1 }, { percent: 50 }] }],
  ["hosts: all\nmax_fail_percentage: ${{ vars.n }}", { n: 10 }, { maxFailPercentage: 10 }],
  ["hosts: all\nname: Upgrade to ${{ vars.n }}", { n: 2 }, { name: "Upgrade to 2" }],
  ["hosts: all\nname: Upgrade to ${{ vars.n }}", {}, { name: "Upgrade to ${{ vars.n }}" }],
  ["hosts: all\nname: With ${{ vars.n }}", { n: secret("hunter2") }, { name: "With ********" }],
  [
    "hosts: all\nname: With ${{ vars.n }}\nvars_prompt: [{ name: n }]",
    { n: "hunter2" },
    { name: "With ********" },
  ],
  [
    "hosts: all\nname: For ${{ vars.n }}\nvars: { n: 1 }\nvars_prompt: [{ name: n }]",
    {},
    { name: "For ${{ vars.n }}" },
  ],
])("%s is known before the run, with %j", async (keys, extraVars, expected) => {
  expect(await playOf(keys, extraVars)).toMatchObject(expected);
});

test("files of variables stand above those of the play, which may use them", async () => {
  const file = await writePlaybook("vars.yml", "of_file: db\nabove: ${{ vars.given }}");
  const keys = `hosts: ["\${{ vars.above }}", "\${{ vars.below }}"]\nvars_files: ${file}\nvars: { above: web, below: "\${{ vars.of_file }}" }`;
  expect(await playOf(keys, { given: "x" })).toMatchObject({ hosts: "x,db" });
});

test("throttle of steps and blocks is known before the run", async () => {
  const path = await writePlaybook(
    "site.yml",
    `
hosts: all
vars: { most: 3 }
steps:
  - { run: "m:f()", throttle: "\${{ vars.most }}" }
  - { block: [{ run: "m:f()" }], throttle: "\${{ vars.most - 1 }}" }
handlers:
  - { name: H, run: "m:f()", throttle: "\${{ vars.text }}" }`,
  );
  const [play] = (await loadPlaybook(path, { extraVars: { text: "4" } })).plays;
  expect(play).toMatchObject({
    steps: [{ throttle: 3 }, { block: [{ throttle: 2 }] }],
    handlers: [{ step: { throttle: 4 } }],
  });
});

const EXPECTS = /"(\S+)" expects (.*), got (.*)$/m;

test.each([
  ["hosts: ${{ vars.n }}", "", ["hosts", "a host pattern or a list of them", "empty text"]],
  ["hosts: ${{ vars.n }}", 3, ["hosts", "a host pattern or a list of them", "the number 3"]],
  ["hosts: ${{ vars.n }}", ["a", 1], ["hosts", "a host pattern or a list of them", "a list"]],
  [
    "hosts: all\nserial: ${{ vars.n }}",
    "120%",
    ["serial", 'a number of hosts or a percentage such as "25%", or a list of them', 'text "120%"'],
  ],
  [
    "hosts: all\nmax_fail_percentage: ${{ vars.n }}",
    101,
    ["max_fail_percentage", "a number from 0 to 100", "the number 101"],
  ],
  [
    "hosts: all\nmax_fail_percentage: ${{ vars.n }}",
    secret("x"),
    ["max_fail_percentage", "a number from 0 to 100", "a secret"],
  ],
])("%s does not fit %j, which is told with its place", async (keys, n, expected) => {
  const error = (await playOf(keys, { n }).catch((reason: Error) => reason)) as Error;
  expect(EXPECTS.exec(error.message)?.slice(1)).toEqual(expected);
  expect(error.message).toMatch(/site\.yml:[12]:\d+: /);
});

test("what nothing gives before the run is told with how to give it, unless the playbook is not to be run", async () => {
  const keys = "hosts: ${{ vars.target }}\nserial: ${{ vars.batch }}\nvars: { batch: '${{ host.name }}' }";
  await expect(playOf(keys)).rejects.toThrow(
    /site\.yml:1:8: "hosts" needs the variable "target", whose value is not known before the run\n.*\n.*\n {2}Give it with --extra-vars target=… or in vars of the play/,
  );
  await expect(playOf(keys)).rejects.toThrow(/site\.yml:2:9: "serial" needs the variable "batch"/);
  await expect(playOf(keys, { tarrget: "web" })).rejects.toThrow('Did you mean "tarrget"?');
  expect(await playOf(keys, "later")).toMatchObject({ serial: [] });
});

test.each([
  ["hosts: ${{ host.name }}", 'Unknown name "host"'],
  ["hosts: all\nname: On ${{ host.name }}", 'Unknown name "host"'],
  ["hosts: '{{ target }}'", "Write ${{ target }}"],
  [
    "hosts: all\nmax_fail_percentage: half",
    '"max_fail_percentage" expects a number from 0 to 100, got text "half"',
  ],
  [
    "hosts: all\nmax_fail_percentage: 101",
    '"max_fail_percentage" expects a number from 0 to 100, got the number 101',
  ],
])("%s is a mistake, also of a playbook that is not to be run", async (keys, message) => {
  await expect(playOf(keys, "later")).rejects.toThrow(message);
});
