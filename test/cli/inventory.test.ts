import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { fusionPlay } from "./command-line.ts";

const folder = temporaryFolder();
const inventory = (): readonly string[] => ["-i", join(folder, "hosts.yml"), "-i", join(folder, "more.ini")];

beforeAll(() => {
  for (const name of ["group_vars", "site/group_vars"]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(
    join(folder, "hosts.yml"),
    'web: { hosts: { "web[1:3]": { port: 8080, ratio: 1.0 } }, vars: { env: prod, ansible_group_priority: 5 } }\n',
  );
  writeFileSync(
    join(folder, "more.ini"),
    "lone text='é \"quoted\"'\n[db]\ndb1 list=80,443\n[site:children]\nweb\ndb\n",
  );
  writeFileSync(join(folder, "group_vars/web.yml"), "layer: inventory\n");
  writeFileSync(join(folder, "site/group_vars/web.yml"), "layer: playbook\n");
});

/** What ansible-core's own program prints. */
function ansibleInventory(...args: readonly string[]): string {
  return execFileSync("ansible-inventory", [...inventory(), ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ANSIBLE_CONFIG: "" },
  });
}

test.each([
  ["--list"],
  ["--list", "--export"],
  ["--graph"],
  ["--host", "web2"],
  ["--list", "--playbook-dir", "site"],
])("inventory %s prints what ansible-inventory prints", async (...args) => {
  const options = args.map((arg) => (arg === "site" ? join(folder, "site") : arg));
  expect(await fusionPlay("inventory", ...inventory(), ...options)).toEqual({
    code: 0,
    stdout: ansibleInventory(...options),
    stderr: "",
  });
});

test("inventory --graph draws one group, when it is named", async () => {
  const { stdout } = await fusionPlay("inventory", ...inventory(), "--graph", "site");
  expect(stdout).toBe(ansibleInventory("--graph", "site"));
});

test("inventory --hosts prints the names that match, and on standard error what names nothing", async () => {
  expect(await fusionPlay("inventory", ...inventory(), "--hosts", "db,web*,wbe,!web2")).toEqual({
    code: 0,
    stdout: "db1\nweb1\nweb3\n",
    stderr: 'Not in the inventory: "wbe"\n',
  });
});

test.each([
  [
    ["--hosts", "wbe1"],
    8,
    'error NO_HOST_MATCHED: Cannot show hosts: no host matches "wbe1"\n  Did you mean "web1"?\n',
  ],
  [
    ["--host", "web"],
    3,
    'error USAGE: Cannot show the host "web": 3 hosts match\n  Name one host; fusion-play inventory --hosts shows which ones match\n',
  ],
  [
    ["--host", "db2"],
    8,
    'error NO_HOST_MATCHED: Cannot show hosts: no host matches "db2"\n  Did you mean "db1"?\n',
  ],
  [
    ["--graph", "wbe"],
    3,
    'error USAGE: Cannot draw the group "wbe": the inventory has no such group\n  Did you mean "web"?\n',
  ],
  [
    [],
    3,
    "error USAGE: Cannot show the inventory: nothing is asked for\n  Say what to show: --list, --graph, --host <name> or --hosts <pattern>\n",
  ],
] as const)("inventory %s is refused", async (args, code, stderr) => {
  expect(await fusionPlay("inventory", ...inventory(), ...args)).toEqual({ code, stdout: "", stderr });
});

test("inventory refuses to show two things at once, or no inventory at all", async () => {
  const { code, stderr } = await fusionPlay("inventory", ...inventory(), "--list", "--graph");
  expect([code, stderr]).toEqual([3, expect.stringContaining("cannot be used with option")]);
  expect(await fusionPlay("inventory", "--list")).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("Cannot select hosts without an inventory") as string,
  });
});
