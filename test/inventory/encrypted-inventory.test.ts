import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { listInventory } from "../../src/inventory/inventory-list.ts";
import { loadInventory, type InventoryOptions } from "../../src/inventory/load-inventory.ts";
import { loadInventoryTree } from "../../src/inventory/load-inventory-tree.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";
import { secret } from "../../src/secret.ts";
import { Keys } from "../../src/secrets/keys.ts";
import { encryptedByAnsible } from "../secrets/encrypted-by-ansible.ts";
import { askAnsible } from "./ansible-oracle.ts";

const keys = new Keys([
  { vaultId: "default", password: secret(Buffer.from("pw")) },
  { vaultId: "dev", password: secret(Buffer.from("dev pw")) },
]);

const PLAINTEXTS = {
  value: [null, "hunter2"],
  ofDev: ["dev", "two\nlines ü\n"],
  port: ["dev", "2022"],
  file: ["dev", "port: 80\nnested: { secret: [1, text] }\nfrom: group_vars\n"],
  ini: [null, "[db]\nd1 own=80,443\n[db:vars]\nfrom=ini\n"],
  yaml: ["other", "mail: { hosts: { m1: { x: yes } } }\n"],
} as const;
let vault: Record<keyof typeof PLAINTEXTS, string>;
beforeAll(() => {
  const names = Object.keys(PLAINTEXTS) as (keyof typeof PLAINTEXTS)[];
  const texts = encryptedByAnsible(
    names.map((name) => {
      const [vaultId, text] = PLAINTEXTS[name];
      return [vaultId === "dev" ? "dev pw" : "pw", vaultId, text];
    }),
  );
  vault = Object.fromEntries(names.map((name, index) => [name, texts[index]])) as typeof vault;
});

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "inventory-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A value with the tag of Ansible Vault, as `ansible-vault encrypt_string` writes it. */
function tagged(text: string, indent: string): string {
  return `!vault |\n${text.trimEnd().replaceAll(/^/gmu, indent)}\n`;
}

/** An inventory in which everything may be encrypted that Ansible can decrypt. */
function encryptedInventory(): { folder: string; sources: string[] } {
  const folder = folderWith({
    "hosts.yml": `
web:
  hosts:
    w1:
      ansible_password: ${tagged(vault.value, "        ")}
      nested:
        - plain
        - deep: ${tagged(vault.ofDev, "            ")}
      template: !unsafe "{{ x }}"
      templates: !unsafe [a, 1]
    w2: { ansible_port: 22 }
  vars:
    ansible_port: ${tagged(vault.port, "      ")}
`,
    "more.ini": vault.ini,
    mail: vault.yaml,
    "program.sh": `#!/bin/sh\ncat <<'END'\n${JSON.stringify({
      web: ["w2"],
      _meta: { hostvars: { w2: { given: { __ansible_vault: vault.value } } } },
    })}\nEND\n`,
    "group_vars/web.yml": vault.file,
    "host_vars/w2.json": JSON.stringify({
      json: { __ansible_vault: vault.ofDev },
      n: [{ __ansible_unsafe: "u" }],
    }),
    "host_vars/m1/plain.yml": "a: 1\n",
    "host_vars/m1/vault": vault.file,
  });
  chmodSync(join(folder, "program.sh"), 0o755);
  return {
    folder,
    sources: ["hosts.yml", "more.ini", "mail", "program.sh"].map((name) => join(folder, name)),
  };
}

test("listInventory() lists what ansible-inventory lists, when values and files are encrypted", async () => {
  const { sources } = encryptedInventory();
  const passwords = [
    ["default", "pw"],
    ["dev", "dev pw"],
  ] as const;
  const { encrypted } = askAnsible([{ name: "encrypted", sources, patterns: [], passwords }]);
  const tree = await loadInventoryTree(sources, { keys, purpose: "listing" });
  expect(pythonJson(listInventory(tree))).toBe(encrypted?.list);
  expect(pythonJson(listInventory(tree, { isExport: true }))).toBe(encrypted?.export);
  expect(encrypted?.list).toContain("__ansible_vault");
});

test("loadInventory() gives what was encrypted, when the keys are there", async () => {
  const { sources } = encryptedInventory();
  const { hosts, groups } = await loadInventory(sources, { keys });
  expect(hosts.get("w1")).toMatchObject({
    connection: { password: secret("hunter2"), port: 2022 },
    vars: {
      nested: ["plain", { deep: secret("two\nlines ü\n") }],
      template: "{{ x }}",
      port: secret(80),
      from: secret("group_vars"),
    },
  });
  expect(hosts.get("w2")).toMatchObject({
    connection: { port: 22 },
    vars: {
      given: secret("hunter2"),
      json: secret("two\nlines ü\n"),
      n: ["u"],
      nested: secret({ secret: [1, "text"] }),
    },
  });
  expect(hosts.get("d1")?.vars).toEqual({ own: secret([80, 443]), from: secret("ini") });
  expect(hosts.get("m1")?.vars).toMatchObject({ x: secret(true), a: 1, port: secret(80) });
  expect(groups.get("mail")?.hosts).toEqual(["m1"]);
});

test("loadInventory() reads files of age: inventories, and variables beside plain ones", async () => {
  const identities = folderWith({});
  execFileSync("age-keygen", ["-o", join(identities, "id")], { stdio: "ignore" });
  const recipient = execFileSync("age-keygen", ["-y", join(identities, "id")], { encoding: "utf8" }).trim();
  const age = (text: string, ...args: string[]): Uint8Array =>
    execFileSync("age", ["-r", recipient, ...args], { input: text });
  const workingDirectory = folderWith({
    "hosts.ini.age": age("[web]\nw1 a=1,2\n"),
    "group_vars/web.yml": "a: plain\nb: plain\n",
    "group_vars/web.yml.age": age("b: secret\n", "-a"),
    "host_vars/w1/secrets.yml.age": age("c: yes\n"),
    "host_vars/w1/plain.yml": "d: 1\n",
  });
  const { readAgeIdentities } = await import("../../src/secrets/age-identities.ts");
  const ask = (): never => expect.fail("it asks");
  const ids = await readAgeIdentities(["id"], { workingDirectory: identities, ask });
  const { hosts } = await loadInventory(["hosts.ini.age"], { workingDirectory, keys: new Keys([], ids) });
  expect(hosts.get("w1")?.vars).toEqual({ a: secret([1, 2]), b: secret("secret"), c: secret(true), d: 1 });
  await expect(loadInventory(["hosts.ini.age"], { workingDirectory })).rejects.toThrow(
    "hosts.ini.age:1:1: This file is encrypted by age, and no identity is given\n  Name a file with one, with --age-identity",
  );
});

async function messageOf(
  files: Readonly<Record<string, string>>,
  options: InventoryOptions = { keys },
): Promise<string> {
  const workingDirectory = folderWith(files);
  const error: unknown = await loadInventory(["hosts.yml"], { ...options, workingDirectory }).then(
    () => expect.fail("it was loaded"),
    (reason: unknown) => reason,
  );
  return (error as Error).message;
}

test("loadInventory() says what is missing, when no key is given or none fits", async () => {
  const files = {
    "hosts.yml": `web:\n  hosts:\n    w1:\n      ansible_password: ${tagged(vault.value, "        ")}`,
    "group_vars/web.yml": vault.file,
  };
  expect(await messageOf(files, {}))
    .toBe(`group_vars/web.yml:1:1: This file is encrypted by Ansible Vault, and no password is given
  Give one with --vault-password-file, --vault-id or --ask-vault-pass

hosts.yml:4:25: This value is encrypted by Ansible Vault, and no password is given
  4 |       ansible_password: ********
    |                         ^
  Give one with --vault-password-file, --vault-id or --ask-vault-pass`);
  const other = new Keys([{ vaultId: "ops", password: secret(Buffer.from("other")) }]);
  expect(await messageOf(files, { keys: other })).toContain(`no password fits
  Its vault id is "dev"; passwords are given for "ops"`);
  expect(await messageOf({ ...files, "group_vars/web.yml": vault.file.slice(0, 100) })).toBe(
    "group_vars/web.yml:1:1: This file is no text of Ansible Vault: it does not have three parts\n  Encrypt it anew",
  );
  expect(await messageOf({ "hosts.yml": "web: { vars: { a: !vault [1], b: !vault text } }\n" }))
    .toBe(`hosts.yml:1:19: !vault expects a text of Ansible Vault
  1 | web: { vars: { a: !vault [1], b: !vault text } }
    |                   ^

hosts.yml:1:34: This value is no text of Ansible Vault: the first line is not $ANSIBLE_VAULT;1.1;AES256
  1 | web: { vars: { a: !vault [1], b: !vault text } }
    |                                  ^
  Encrypt it anew`);
});

test("loadInventory() shows nothing of what was encrypted, whatever is wrong with it", async () => {
  const secret = "hunter2";
  const lines = [
    "fusion_port: S",
    "fusion_prt: S",
    "a: S: S",
    "a: [S",
    "S",
    "- S",
    "a: {S: 1, S: 2}",
    "'S",
    "a: &S 1\nb: *SS",
    "a: !S x",
    "a: !!S x",
    "\tS: 1",
    "? [S]\n: 1",
    "fusion_port: [S]",
    "fusion_port: 99S",
    "ansible_group_priority: S",
    "fusion_host_key_checking: S",
    "fusion_user: '{{ S }}'",
    "fusion_Shost: 1",
    "a: *S",
    "S: 1\nS: 2",
    "<<: S",
    "a: .inf",
  ].map((line) => line.replaceAll("S", secret));
  const plaintexts = fc.sample(fc.array(fc.constantFrom(...lines), { minLength: 1, maxLength: 3 }), {
    seed: 3,
    numRuns: 60,
  });
  const encrypted = encryptedByAnsible(
    [...lines.map((line) => [line]), ...plaintexts].map(
      (texts) => ["pw", null, `${texts.join("\n")}\n`] as const,
    ),
  );
  let mistakes = 0;
  for (const text of encrypted) {
    const workingDirectory = folderWith({
      "hosts.yml": "web: { hosts: { w1: } }\n",
      "group_vars/web.yml": text,
    });
    const error: unknown = await loadInventory(["hosts.yml"], { workingDirectory, keys }).catch(
      (reason: unknown) => reason,
    );
    if (!(error instanceof Error)) continue;
    mistakes++;
    expect(`${error.message}\n${error.stack}`).not.toContain(secret);
  }
  expect(mistakes).toBeGreaterThan(60);
});

test("loadInventory() does not show a decrypted value that is of the wrong kind", async () => {
  const message = await messageOf({
    "hosts.yml": `web:\n  hosts:\n    w1:\n      fusion_port: ${tagged(vault.value, "        ")}`,
  });
  expect(message).toBe(`hosts.yml:4:27: "fusion_port" expects a whole number from 1 to 65535
  4 |       fusion_port: !vault |
    |                           ^`);
});
