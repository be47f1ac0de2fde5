import { expect, test } from "vitest";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import type { ConnectionSettings } from "../../src/inventory/inventory.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { loadInventoryTree } from "../../src/inventory/load-inventory-tree.ts";
import { Keys } from "../../src/secrets/keys.ts";

const folder = temporaryFolder();
const TEMPLATES = `all:
  vars:
    deploy_user: deploy
    ansible_user: "{{ deploy_user }}"
    ansible_password: "{{ vault.password }}"
    vault: { password: "{{ first_part }}-{{ second_part }}", port: 2222 }
    first_part: one
    second_part: 7
    ansible_port: "{{ vault.port }}"
    ansible_ssh_common_args: -o ProxyJump={{ jump_user }}@gate.example.com
    jump_user: "{{ deploy_user }}"
  hosts:
    web1.example.com:
      ansible_host: "{{ private_address }}"
      private_address: 10.0.0.1
    web2.example.com:
      ansible_host: "{{inventory_hostname_short}}.internal"
      deploy_user: other
    plain:
      ansible_host: "{{- inventory_hostname }}"
`;

function written(text: string): string {
  const file = join(folder, "hosts.yml");
  writeFileSync(file, text);
  return file;
}

test("fillReferences() fills connection variables with what each host says", async () => {
  const keys = new Keys();
  const { hosts } = await loadInventory([written(TEMPLATES)], { keys });
  const connection = (host: string): ConnectionSettings | undefined => hosts.get(host)?.connection;
  expect(connection("web1.example.com")).toMatchObject({ user: "deploy", port: 2222, address: "10.0.0.1" });
  expect(connection("web2.example.com")).toMatchObject({ user: "other", address: "web2.internal" });
  expect(connection("plain")?.address).toBe("plain");
  expect(connection("web2.example.com")?.jump?.map(({ connection: { user } }) => user)).toEqual(["other"]);
  expect(connection("plain")?.password?.reveal()).toBe("one-7");
  expect(keys.secrets.mask("it is one-7")).toBe("it is ********");
  expect(hosts.get("plain")?.vars["ansible_user"]).toBe("deploy");
});

test.each([
  ['"{{ nobody }}"', '"ansible_user" names "nobody", which the host "web1" does not have'],
  ['"{{ a.c }}"', '"ansible_user" names "a.c", which the host "web1" does not have'],
  ['"x{{ a }}"', '"ansible_user" names "a", which is neither text nor a number'],
  ['"{{ loop }}"', '"ansible_user" names variables that name each other without an end'],
  ['"{{ a }}"', '"ansible_user" is filled with something else than it expects: "ansible_user" expects text'],
  ['"{{ who | lower }}"', '"ansible_user" holds a template, and connection variables are taken as they are'],
])("fillReferences() tells once what is wrong with %s", async (value, message) => {
  const file = written(
    `all: { vars: { ansible_user: ${value}, a: { b: 1 }, loop: "{{ loop }}", who: me }, hosts: { web1: , web2: } }\n`,
  );
  const error: unknown = await loadInventory([file]).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ problems: [{ message: expect.stringContaining(message) }] });
});

test("loadInventoryTree() leaves templates as they are where an inventory is listed", async () => {
  const file = written('all: { hosts: { web1: { ansible_port: "{{ nobody | default(22) }}" } } }\n');
  const tree = await loadInventoryTree([file], { purpose: "listing" });
  expect(tree.hosts.get("web1")?.vars.get("ansible_port")?.data).toBe("{{ nobody | default(22) }}");
});
