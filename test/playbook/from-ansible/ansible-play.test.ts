import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { DocumentError } from "../../../src/documents/document-error.ts";
import { loadPlaybook } from "../../../src/playbook/load-playbook.ts";
import { loadText } from "../playbook-file.ts";

const folder = "test/fixtures/playbooks/ansible";

async function messageOf(loading: Promise<unknown>): Promise<string> {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DocumentError);
  return (error as DocumentError).message;
}

const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));

test.each(files)("loadPlaybook() says what to write for the playbook of Ansible %s", async (name) => {
  const message = (await messageOf(loadPlaybook(`${folder}/${name}`))).replaceAll(`${folder}/`, "");
  await expect(`${message}\n`).toMatchFileSnapshot(
    `../../fixtures/playbooks/ansible/${name.replace(/\.yml$/, ".txt")}`,
  );
});

test("loadPlaybook() tells what is alike once, with no more than twelve places", async () => {
  const tasks = Array.from({ length: 40 }, (_, index) => `    - shell: "echo {{ v${index} }}"\n`).join("");
  const message = await messageOf(loadText(`- hosts: all\n  tasks:\n${tasks}`));
  expect(message.split("\n\n").length).toBe(4);
  expect(message).toContain("  and 39 more like this: lines 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, …\n");
  expect(message).toContain("    line 15: ${{ vars.v12 }}\n    … and 27 more\n");
  expect(message).toContain("This is a playbook of Ansible: 1 key and 1 module of it are not known here\n");
});

test("loadPlaybook() takes no longer for texts that begin many templates and end none", async () => {
  const text = "{{ ".repeat(100_000);
  expect(
    await messageOf(loadText(`- hosts: all\n  tasks: [{ shell: "${text}", when: "${text}" }]\n`)),
  ).toContain("There is no module");
});
