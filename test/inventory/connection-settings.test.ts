import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ConnectionSettings } from "../../src/inventory/inventory.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { secret } from "../../src/secret.ts";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "inventory-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Loads an inventory file with the given text and gives the settings of its host `h`. */
async function settingsOf(text: string, name = "hosts.yml"): Promise<ConnectionSettings> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, name), text);
  const inventory = await loadInventory([name], { workingDirectory: folder, homeDirectory: "/home/user" });
  const host = inventory.hosts.get("h");
  expect(host).toBeDefined();
  return host?.connection ?? {};
}

test("loadInventory() gives connection settings, when either family of names is used", async () => {
  const expected: ConnectionSettings = {
    address: "192.0.2.1",
    port: 2222,
    user: "deploy",
    password: secret("secret"),
    privateKeyFile: "/keys/id",
    privateKeyPassphrase: secret("phrase"),
    hostKeyChecking: "off",
  };
  const ours = await settingsOf(`
all: { hosts: { h: { fusion_host: 192.0.2.1, fusion_port: 2222, fusion_user: deploy, fusion_password: secret,
  fusion_private_key_file: /keys/id, fusion_private_key_passphrase: phrase, fusion_host_key_checking: "off",
  fusion_known_hosts_file: ~/known, fusion_erl: /opt/otp/bin/erl } } }`);
  expect(ours).toEqual({ ...expected, knownHostsFile: "/home/user/known", erl: "/opt/otp/bin/erl" });
  const ansibles = await settingsOf(`
all: { hosts: { h: { ansible_host: 192.0.2.1, ansible_port: "2222", ansible_user: deploy, ansible_password: secret,
  ansible_private_key_file: /keys/id, ansible_private_key_passphrase: phrase, ansible_host_key_checking: no } } }`);
  expect(ansibles).toEqual(expected);
  const older = await settingsOf(`
all: { hosts: { h: { ansible_ssh_host: 192.0.2.1, ansible_ssh_port: 2222, ansible_ssh_user: deploy,
  ansible_ssh_pass: secret, ansible_ssh_private_key_file: /keys/id, fusion_private_key_passphrase: phrase,
  ansible_host_key_checking: false } } }`);
  expect(older).toEqual(expected);
});

test("loadInventory() prefers our own name, when a group gives it and the host gives Ansible's", async () => {
  const settings = await settingsOf(`
all: { vars: { fusion_user: ours, fusion_port: 1 }, hosts: { h: { ansible_user: theirs, ansible_host: kept } } }`);
  expect(settings).toEqual({ user: "ours", port: 1, address: "kept" });
});

test("loadInventory() takes a password as it was written, when it looks like a number", async () => {
  const settings = await settingsOf(`
all: { hosts: { h: { ansible_password: 0123, fusion_user: 1_000, fusion_private_key_passphrase: 1.50 } } }`);
  expect(settings).toEqual({ password: secret("0123"), user: "1_000", privateKeyPassphrase: secret("1.50") });
  const ini = await settingsOf("[web]\nh ansible_password=007 ansible_user=42\n", "hosts.ini");
  expect(ini).toEqual({ password: secret("007"), user: "42" });
});

test.each([
  ["strict", "strict"],
  ["accept-new", "accept-new"],
  ["off", "off"],
  ["false", "off"],
  ["no", "off"],
  ["true", "strict"],
  ["yes", "strict"],
  ['"False"', "off"],
])("loadInventory() reads fusion_host_key_checking: %s", async (written, hostKeyChecking) => {
  const settings = await settingsOf(`all: { hosts: { h: { fusion_host_key_checking: ${written} } } }`);
  expect(settings).toEqual({ hostKeyChecking });
});

test("loadInventory() looks a relative key up beside the inventory, then in the working directory", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "inventory"));
  await writeFile(join(folder, "inventory/beside"), "");
  await writeFile(join(folder, "working"), "");
  const keys = ["beside", "working", "nowhere", "~/.ssh/id", "/etc/key"];
  const hosts = keys.map((key, index) => `  h${index}: { fusion_private_key_file: ${key} }`).join("\n");
  await writeFile(join(folder, "inventory/hosts.yml"), `all:\n hosts:\n${hosts}\n`);
  const inventory = await loadInventory(["inventory/hosts.yml"], {
    workingDirectory: folder,
    homeDirectory: "/home/user",
  });
  expect([...inventory.hosts.values()].map((host) => host.connection.privateKeyFile)).toEqual([
    join(folder, "inventory/beside"),
    join(folder, "working"),
    join(folder, "inventory/nowhere"),
    "/home/user/.ssh/id",
    "/etc/key",
  ]);
});

test("loadInventory() gives a host of a list its port", async () => {
  const inventory = await loadInventory(["web1:2222, 10.0.0.1 ,[fe80::1]:22,web[1:2],"]);
  expect([...inventory.hosts.values()].map(({ name, connection }) => ({ name, ...connection }))).toEqual([
    { name: "web1", port: 2222 },
    { name: "10.0.0.1" },
    { name: "fe80::1", port: 22 },
    { name: "web[1:2]" },
  ]);
});

test.each([
  ["hosts.yml", "all: { vars: { ansible_user: deploy }, hosts: { h: { ansible_user: } } }"],
  [
    "hosts.yml",
    'all: { hosts: { h: { ansible_password: "", ansible_become_password: null, ansible_port: "" } } }',
  ],
  ["hosts.yml", 'all: { hosts: { h: { ansible_user: "{{ nobody }}", nobody: , ansible_become: "" } } }'],
  ["hosts.ini", "h ansible_become_pass= ansible_host=''"],
])("loadInventory() takes nothing from what is empty under Ansible's names: %s, %s", async (name, text) => {
  expect(await settingsOf(text, name)).toEqual({});
});

test("loadInventory() goes on to the next of Ansible's names, when one is empty", async () => {
  const settings = await settingsOf('all: { hosts: { h: { ansible_ssh_user: "", ansible_user: deploy } } }');
  expect(settings).toEqual({ user: "deploy" });
});

test.each([
  ["ansible_become_method: ansible.builtin.su", "su"],
  ["ansible_become_method: runas", "runas"],
  ["ansible_become_method: community.general.pbrun", "pbrun"],
  ["ansible_become_method: my.own.method", "my.own.method"],
])("loadInventory() reads %s", async (written, becomeMethod) => {
  expect(await settingsOf(`all: { hosts: { h: { ${written} } } }`)).toEqual({ becomeMethod });
});

test("loadInventory() refuses what is empty or unknown under our own names", async () => {
  const loading = settingsOf('all: { hosts: { h: { fusion_user: "", fusion_become_method: runas } } }');
  await expect(loading).rejects.toThrow('"fusion_user" expects text, got empty text');
  await expect(loading).rejects.toThrow(
    '"fusion_become_method" expects "sudo", "doas" or "su", got text "runas"',
  );
});

test("loadInventory() keeps a password out of the message, when it is of the wrong kind", async () => {
  const loading = settingsOf(
    "all: { hosts: { h: { fusion_password: [hunter2], ansible_ssh_pass: { a: hunter2 } } } }",
  );
  await expect(loading).rejects.toThrow('"fusion_password" expects text');
  await expect(loading).rejects.not.toThrow("hunter2");
});
