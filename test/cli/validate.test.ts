import { expect, test } from "vitest";
import { fusionPlay } from "./command-line.ts";

test("validate ends with exit code 3 and what is not known, when a playbook is Ansible's", async () => {
  const path = "test/fixtures/playbooks/ansible/users.yml";
  const { code, stdout, stderr } = await fusionPlay("validate", path);
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toMatch(
    /:1:1: This is a playbook of Ansible: 4 keys and 5 modules of it are not known here\n/,
  );
});
