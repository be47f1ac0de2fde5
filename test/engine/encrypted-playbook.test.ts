import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import { secret } from "../../src/secret.ts";
import { Keys } from "../../src/secrets/keys.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { encryptedByAnsible } from "../secrets/encrypted-by-ansible.ts";
import { fakeRun, host } from "./fake-run.ts";

const SITE = `
hosts: web1
vars: { given: [1], numbers: { one: 1 } }
steps:
  - { run: 'm:f("hunter2")', ignore_errors: true, when: vars.numbers.hunter2 == 1 }
  - { run: 'm:f("hunter2")', ignore_errors: true, when: vars.given }
  - { run: 'm:f("\${{ vars.given[7] + hunter }}")', ignore_errors: true, vars: { hunter: 2 } }
  - { run: { module: m, function: f }, ignore_errors: true, failed_when: '"hunter2" != vars.given' }
  - { assert: '"hunter2" == vars.given', ignore_errors: true }
  - { assert: { that: '"hunter2" == vars.given' }, ignore_errors: true }
  - { wait_for: { path: hunter2 } , ignore_errors: true, when: '!("hunter2" in vars.numbers.two)' }
  - { run: 'm:f(1)', ignore_errors: true, loop: vars.hunter2 }
`.replace(" + hunter }}", " + vars.hunter }}");

test("a run of an encrypted playbook tells the places of what fails, and nothing of the text there", async () => {
  const file = join(temporaryFolder(), "site.yml");
  const [encrypted = ""] = encryptedByAnsible([["a password", null, SITE]]);
  writeFileSync(file, encrypted);
  const keys = new Keys([{ vaultId: "default", password: secret(Buffer.from("a password")) }]);
  const playbook = await loadPlaybook(file, { keys });

  const { steps } = host(await fakeRun(playbook, { extraVars: { hunter2: 1 } }));
  const told = steps.map(({ name, error }) => [
    name,
    error?.message.replaceAll(file, "site.yml"),
    error?.hint,
  ]);
  expect(told).toEqual([
    ["run m.f/1", 'Cannot evaluate the expression at site.yml:5:70: no key "…"', null],
    [
      "run m.f/1",
      "Cannot evaluate the expression at site.yml:6:57: it is a list, and not true or false",
      null,
    ],
    ["run m.f/1", "Cannot evaluate the expression at site.yml:7:22: no element 7: the list has 1", null],
    ["run m.f/0", "Step failed: failed_when holds: the expression at site.yml:8:75", null],
    ["assert", "Assertion failed: the expression at site.yml:9:16 is false", null],
    ["assert", "Assertion failed: the expression at site.yml:10:24 is false", null],
    [
      "wait for path",
      expect.stringMatching(/^Cannot evaluate the expression at site\.yml:11:\d+: no key "…"$/u),
      null,
    ],
    [
      "run m.f/1",
      expect.stringMatching(/^Cannot go through the loop at site\.yml:12:\d+: /u),
      expect.anything(),
    ],
  ]);
  expect(JSON.stringify(steps)).not.toContain("hunter2");
});
