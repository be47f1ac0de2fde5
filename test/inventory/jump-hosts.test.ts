import { expect, onTestFinished, test } from "vitest";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionSettings } from "../../src/inventory/inventory.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { secret } from "../../src/secret.ts";

async function connections(
  hosts: Readonly<Record<string, object>>,
): Promise<Record<string, ConnectionSettings>> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-jump-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "hosts.yml");
  await writeFile(file, JSON.stringify({ all: { hosts } }));
  const inventory = await loadInventory([file]);
  return Object.fromEntries([...inventory.hosts].map(([name, { connection }]) => [name, connection]));
}

test("loadInventory() takes a host to jump through from the inventory, with all that it says of it", async () => {
  const { web1, web2 } = await connections({
    outer: { fusion_host: "192.0.2.1", fusion_jump: "none" },
    bastion: {
      fusion_host: "10.0.0.1",
      fusion_user: "guard",
      fusion_password: "secret",
      fusion_jump: "outer",
    },
    web1: { fusion_jump: "bastion" },
    web2: { fusion_jump: ["root@bastion:2222", "inner"] },
  });
  const outer = { name: "outer", connection: { address: "192.0.2.1", jump: [] } };
  const bastion = { address: "10.0.0.1", user: "guard", password: secret("secret"), jump: [outer] };
  expect(web1).toEqual({ jump: [{ name: "bastion", connection: bastion }] });
  expect(web2?.jump).toEqual([
    { name: "bastion", connection: { ...bastion, user: "root", port: 2222 } },
    { name: "inner", connection: { address: "inner" } },
  ]);
});

test("loadInventory() leaves other hosts to the ssh config, but for what the host behind them trusts", async () => {
  const { web1 } = await connections({
    web1: {
      fusion_jump: "ops@10.0.0.1:2222",
      fusion_known_hosts_file: "/known",
      fusion_host_key_checking: "accept-new",
      fusion_password: "secret",
      fusion_private_key_file: "/key",
    },
  });
  expect(web1?.jump).toEqual([
    {
      name: "10.0.0.1",
      connection: {
        address: "10.0.0.1",
        user: "ops",
        port: 2222,
        knownHostsFile: "/known",
        hostKeyChecking: "accept-new",
      },
    },
  ]);
});

test("loadInventory() reads the way in Ansible's options of ssh, where no fusion_jump stands", async () => {
  const common = `-o StrictHostKeyChecking=no -o ProxyCommand="ssh -W %h:%p -q ops@bastion"`;
  const found = await connections({
    a: { ansible_ssh_common_args: common },
    b: { ansible_ssh_args: "-C", ansible_ssh_extra_args: "-J inner" },
    c: { ansible_ssh_common_args: common, fusion_jump: "none" },
    d: { ansible_ssh_common_args: "-o ProxyCommand='nc %h %p'" },
  });
  expect(found["a"]?.jump?.map(({ connection }) => connection)).toEqual([
    { address: "bastion", user: "ops" },
  ]);
  expect(found["b"]?.jump?.map(({ name }) => name)).toEqual(["inner"]);
  expect(found["c"]?.jump).toEqual([]);
  expect(found["d"]).toEqual({});
});
