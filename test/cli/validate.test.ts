import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { fusionPlay } from "./command-line.ts";

test("validate ends with exit code 3 and what is not known, when a playbook is Ansible's", async () => {
  const path = "test/fixtures/playbooks/ansible/users.yml";
  const { code, stdout, stderr } = await fusionPlay("validate", path);
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toMatch(
    /:1:1: This is a playbook of Ansible: 4 keys and 5 modules of it are not known here\n/,
  );
});

test("validate tells variables that nothing gives, where an inventory is named", async () => {
  const folder = temporaryFolder();
  const site = join(folder, "site.yml");
  const steps = "- assert: vars.zone == 1\n  - { fail: no, tags: never, when: vars.never }\n";
  writeFileSync(site, `hosts: all\nsteps:\n  - assert: vars.colour == 1\n  ${steps}`);
  writeFileSync(join(folder, "hosts.yml"), "all: { hosts: { a: }, vars: { zone: 1 } }\n");
  const inventory = ["-i", join(folder, "hosts.yml")];

  const { code, stdout, stderr } = await fusionPlay("validate", site, ...inventory);
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr.match(/Nothing gives .*/gu)).toEqual(['Nothing gives the variable "colour"']);

  const ok = { code: 0, stdout: `${site}: ok, 1 play, 3 steps\n`, stderr: "" };
  expect(await fusionPlay("validate", site, ...inventory, "-e", "colour=1")).toEqual(ok);
  expect(await fusionPlay("validate", site)).toEqual(ok);
});

test("validate tells the place of hosts that cannot be a pattern, also without an inventory", async () => {
  const site = join(temporaryFolder(), "site.yml");
  writeFileSync(site, "- { hosts: 'web:~db(', steps: [] }\n- hosts: [web, '~[z-a]']\n  steps: []\n");
  const expected = new RegExp(
    `${site}:1:12: Cannot use the host pattern "~db\\(": [^]*${site}:2:10: Cannot use the host pattern "~\\[z-a\\]": `,
    "u",
  );
  for (const inventory of [[], ["-i", "web1,"]]) {
    const { code, stderr } = await fusionPlay("validate", site, ...inventory);
    expect(code).toBe(3);
    expect(stderr).toMatch(expected);
  }
});

test("validate reads the file of --limit @file, as a run does", async () => {
  const folder = temporaryFolder();
  const site = join(folder, "site.yml");
  writeFileSync(site, "{ hosts: all, steps: [{ run: 'erlang:node()' }] }\n");
  writeFileSync(join(folder, "some"), "w2\nwbe\n");
  const limited = await fusionPlay("validate", site, "-i", "w1,w2,", "-l", `@${join(folder, "some")}`);
  expect(limited).toEqual({
    code: 0,
    stdout: `${site}: ok, 1 play, 1 step\n`,
    stderr: 'Not in the inventory: "wbe"\n',
  });
});
