import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FusionPlayError } from "../../src/errors.ts";
import type { Data } from "../../src/etf/data.ts";
import { withGivenConnection } from "../../src/inventory/given-connection.ts";
import type { ConnectionSettings, Host, Inventory } from "../../src/inventory/inventory.ts";
import { secret } from "../../src/secret.ts";

function inventoryOf(hosts: Readonly<Record<string, ConnectionSettings>>): Inventory {
  const entries = Object.entries(hosts).map(([name, connection]): [string, Host] => {
    return [name, { name, groups: ["all"], vars: {}, connection }];
  });
  return { hosts: new Map(entries), groups: new Map() };
}

/** The settings of hosts after these variables were given. */
function given(
  variables: Readonly<Record<string, Data>>,
  hosts: Readonly<Record<string, ConnectionSettings>> = { web1: {} },
): Record<string, ConnectionSettings> {
  const above = Object.entries(variables).map(([name, data]) => {
    return { name, data, source: typeof data === "number" ? String(data) : undefined, file: "vars/x.yml" };
  });
  const paths = { homeDirectory: homedir(), workingDirectory: "/work" };
  const { hosts: result } = withGivenConnection(inventoryOf(hosts), above, paths);
  return Object.fromEntries([...result].map(([name, { connection }]) => [name, connection]));
}

function refusal(variables: Readonly<Record<string, Data>>): FusionPlayError {
  try {
    given(variables);
  } catch (error) {
    return error as FusionPlayError;
  }
  throw new Error("Nothing was refused");
}

test("withGivenConnection() puts variables above what the inventory says of all hosts, by any name", () => {
  const hosts = { web1: { user: "root", port: 22, erl: "/opt/erl" }, web2: {} };
  expect(given({ ansible_user: "deploy", fusion_port: "2222", other: 1 }, hosts)).toEqual({
    web1: { user: "deploy", port: 2222, erl: "/opt/erl" },
    web2: { user: "deploy", port: 2222 },
  });
});

test("withGivenConnection() prefers our own name of a setting, and takes numbers as they were written", () => {
  expect(given({ ansible_user: "deploy", fusion_user: "ops", ansible_password: 123 }).web1).toEqual({
    user: "ops",
    password: secret("123"),
  });
});

test("withGivenConnection() finds files beside the one that gives them, and in the home folder", () => {
  expect(given({ fusion_private_key_file: "keys/id" }).web1?.privateKeyFile).toBe("/work/vars/keys/id");
  expect(given({ fusion_private_key_file: "~/id" }).web1?.privateKeyFile).toBe(join(homedir(), "id"));
});

test("withGivenConnection() reaches bastions as the inventory says", () => {
  const hop = { name: "bastion", connection: { address: "192.0.2.1", user: "guard" } };
  const hosts = { bastion: hop.connection, web1: { jump: [hop] }, web2: {} };
  expect(given({ ansible_user: "deploy" }, hosts).web1).toEqual({ user: "deploy", jump: [hop] });
  const all = given({ fusion_jump: "bastion", ansible_port: 2222 }, hosts);
  expect(all.web2).toEqual({ port: 2222, jump: [hop] });
  expect(given({ fusion_jump: "none" }, hosts).web1).toEqual({ jump: [] });
});

test("withGivenConnection() leaves an inventory alone where no variable says how to reach hosts", () => {
  const inventory = inventoryOf({ web1: {} });
  const variable = { name: "env", data: "prod", source: undefined, file: "--extra-vars" };
  expect(withGivenConnection(inventory, [variable])).toBe(inventory);
});

test("withGivenConnection() refuses values that cannot be, templates, and names of ours that nobody knows", () => {
  expect(refusal({ fusion_port: "high" })).toMatchObject({
    code: "USAGE",
    message: expect.stringContaining('of vars/x.yml: "fusion_port" expects a whole number from 1 to 65535'),
  });
  expect(refusal({ ansible_user: "{{ who }}" }).message).toContain("holds a template");
  expect(refusal({ fusion_usr: "deploy" })).toMatchObject({
    message: 'Cannot use a variable of vars/x.yml: Unknown connection variable "fusion_usr"',
    hint: expect.stringContaining("fusion_user"),
  });
});

test("withGivenConnection() repeats no password in a message", () => {
  expect(refusal({ ansible_password: ["hunter2"] }).message).not.toContain("hunter2");
  expect(refusal({ fusion_port: secret("hunter2") }).message).not.toContain("hunter2");
});
