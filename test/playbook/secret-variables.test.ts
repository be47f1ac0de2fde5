import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import { secret } from "../../src/secret.ts";
import { Keys } from "../../src/secrets/keys.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { encryptedByAnsible } from "../secrets/encrypted-by-ansible.ts";

test("variables of encrypted playbooks and files of steps are secret, wherever they are given, and names are not", async () => {
  const folder = temporaryFolder();
  const [site = "", steps = ""] = encryptedByAnsible([
    [
      "a password",
      null,
      `
- hosts: all
  vars: { a: of-the-play }
  steps:
    - block:
        - { name: visible-name, run: "m:f(visible)", vars: { b: [of-the-step] } }
      vars: { c: of-the-block }
    - include_steps: steps.yml
`,
    ],
    ["a password", null, "- set: { d: of-the-set }\n- { run: 'm:f()', vars: { e: of-the-file } }\n"],
  ]);
  writeFileSync(join(folder, "site.yml"), site);
  writeFileSync(join(folder, "steps.yml"), steps);
  const keys = new Keys([{ vaultId: "default", password: secret(Buffer.from("a password")) }]);
  await loadPlaybook(join(folder, "site.yml"), { keys });
  const hidden = ["of-the-play", "of-the-step", "of-the-block", "of-the-set", "of-the-file"];
  expect(hidden.map((text) => keys.secrets.mask(text))).toEqual(hidden.map(() => "********"));
  expect(["visible-name", "visible"].map((text) => keys.secrets.mask(text))).toEqual([
    "visible-name",
    "visible",
  ]);
});
