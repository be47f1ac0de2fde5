import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Atom, Float, Tuple } from "../../src/etf/term.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "inventory-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

test("loadInventory() merges its sources, when there are several", async () => {
  const workingDirectory = await folderWith({
    "a.yml": "web: { hosts: { w1: { x: 1, y: 1 } }, vars: { z: a } }",
    "b.ini": "[web]\nw1 y=2\nw2\n[web:vars]\nz=b\n",
  });
  const { hosts, groups } = await loadInventory(["a.yml", "b.ini", "w3,w1,"], { workingDirectory });
  expect(hosts.get("w1")?.vars).toEqual({ x: 1, y: 2, z: "b" });
  expect(groups.get("web")?.hosts).toEqual(["w1", "w2"]);
  expect(groups.get("ungrouped")?.hosts).toEqual(["w3"]);
  expect(groups.get("all")?.hosts).toEqual(["w3", "w1", "w2"]);
});

test("loadInventory() keeps terms and large integers in variables, when their tags say so", async () => {
  const workingDirectory = await folderWith({
    "hosts.yml": `
all:
  hosts:
    h: { id: 123456789012345678901, ok: !atom ok, pair: !tuple [1, !atom a], ratio: 1.0, __proto__: { polluted: 1 } }`,
  });
  const { hosts } = await loadInventory(["hosts.yml"], { workingDirectory });
  const vars = hosts.get("h")?.vars ?? {};
  expect(vars).toMatchObject({
    id: 123456789012345678901n,
    ok: new Atom("ok"),
    pair: new Tuple([1, new Atom("a")]),
    ratio: new Float(1),
  });
  expect(Object.keys(vars)).toContain("__proto__");
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test.each(["", " "])("loadInventory() takes no working directory for %j", async (source) => {
  await expect(loadInventory([source])).rejects.toMatchObject({
    code: "USAGE",
    message: `Cannot read the inventory "${source}": its name is empty`,
  });
});

test("loadInventory() says what to do, when a source does not exist", async () => {
  const workingDirectory = await folderWith({ "hosts.yml": "", "web.yml": "" });
  await expect(loadInventory(["hosts.yaml"], { workingDirectory })).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    message: 'Cannot read "hosts.yaml": it does not exist',
    hint: 'Did you mean "hosts.yml"?',
  });
  await expect(loadInventory(["server1"], { workingDirectory })).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    hint: 'For a host of this name, end it with a comma: "server1,"',
  });
  await expect(loadInventory(["inventory/hosts.yml"], { workingDirectory })).rejects.toMatchObject({
    hint: 'Check the path: the folder "inventory" does not exist',
  });
});

test("loadInventory() tells the place in group_vars and host_vars, when they are wrong", async () => {
  const workingDirectory = await folderWith({
    "hosts.yml": "web: { hosts: { w1: } }",
    "group_vars/web.yml": "fusion_prot: 22\n",
    "group_vars/all/secret.yml": "$ANSIBLE_VAULT;1.1;AES256\n6133\n",
    "host_vars/w1": "- a\n",
    "host_vars/unused.yml": "[",
  });
  const error: unknown = await loadInventory(["hosts.yml"], { workingDirectory }).catch(
    (reason: unknown) => reason,
  );
  expect((error as Error).message)
    .toBe(`group_vars/all/secret.yml:1:1: This file is no text of Ansible Vault: it does not have three parts
  Encrypt it anew

group_vars/web.yml:1:1: Unknown connection variable "fusion_prot"
  1 | fusion_prot: 22
    | ^
  Did you mean "fusion_port"?

host_vars/w1:1:1: A file of variables is a mapping, got a list
  1 | - a
    | ^`);
});

test.each([
  ["group_vars", "group_vars", "group_vars", "its links lead around in a circle"],
  ["host_vars/w1.yml", "/nonexistent", "host_vars/w1.yml", "it is a link to what does not exist"],
  ["group_vars/all/x.yml", "/nonexistent", "group_vars/all/x.yml", "it is a link to what does not exist"],
  ["group_vars/all/x.yml", "x.yml", "group_vars/all/x.yml", "its links lead around in a circle"],
  ["group_vars/all/loop", ".", "group_vars/all/loop", "it leads back to a folder that it is in"],
  ["group_vars/all/up", "../..", "group_vars/all/up/group_vars", "it leads back to a folder that it is in"],
])(
  "loadInventory() tells that it cannot read variables, when %s is a link to %s",
  async (link, to, name, why) => {
    const workingDirectory = await folderWith({ "hosts.yml": "all: { hosts: { w1: } }" });
    await mkdir(join(workingDirectory, link, ".."), { recursive: true });
    await symlink(to, join(workingDirectory, link));
    await expect(loadInventory(["hosts.yml"], { workingDirectory })).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: `Cannot read "${name}": ${why}`,
      hint: expect.stringContaining("Remove the link"),
    });
  },
);

test("loadInventory() tells that a folder of inventories leads back to itself", async () => {
  const workingDirectory = await folderWith({ "d/hosts.yml": "all: { hosts: { w1: } }" });
  await symlink("../d", join(workingDirectory, "d/loop"));
  await expect(loadInventory(["d"], { workingDirectory })).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    message: 'Cannot read "d/loop": it leads back to a folder that it is in',
  });
});

test("loadInventory() finds no variables, when group_vars is a file or a link to nothing", async () => {
  const workingDirectory = await folderWith({ "hosts.yml": "all: { hosts: { w1: } }", group_vars: "" });
  await symlink("/nonexistent", join(workingDirectory, "host_vars"));
  const { hosts } = await loadInventory(["hosts.yml"], { workingDirectory });
  expect(hosts.get("w1")?.vars).toEqual({});
});

test("loadInventory() is fast, when there are five thousand hosts in a hundred groups", async () => {
  const groups = Array.from(
    { length: 100 },
    (_, index) =>
      `g${index}:\n  vars: { v${index}: ${index} }\n  hosts:\n    h[${index * 50}:${index * 50 + 49}]: { own: 1 }\n`,
  );
  const all = "everything:\n  hosts:\n    h[0:4999]:\n  vars: { fusion_user: deploy }\n";
  const workingDirectory = await folderWith({ "hosts.yml": groups.join("") + all });
  const start = performance.now();
  const { hosts } = await loadInventory(["hosts.yml"], { workingDirectory });
  expect(performance.now() - start).toBeLessThan(3000);
  expect(hosts.size).toBe(5000);
  expect(hosts.get("h4999")).toMatchObject({
    groups: ["everything", "g99"],
    vars: { own: 1, v99: 99 },
    connection: { user: "deploy" },
  });
});
