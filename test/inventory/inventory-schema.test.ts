import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { CONNECTION_VARIABLES } from "../../src/inventory/connection-variables.ts";
import { INVENTORY_SCHEMA } from "../../src/inventory/inventory-schema.ts";

const isInventory = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(INVENTORY_SCHEMA);

test("schemas/inventory.schema.json is what the source describes", async () => {
  await expect(`${JSON.stringify(INVENTORY_SCHEMA, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/inventory.schema.json",
  );
});

test("INVENTORY_SCHEMA documents every connection variable", () => {
  const { $defs } = INVENTORY_SCHEMA as unknown as {
    $defs: { vars: { properties: Record<string, { description: string; examples: unknown[] }> } };
  };
  for (const name of CONNECTION_VARIABLES.flatMap(({ names }) => names)) {
    expect($defs.vars.properties[name]?.description).toMatch(/Default: /);
    expect($defs.vars.properties[name]?.examples.length).toBeGreaterThan(0);
  }
});

test("INVENTORY_SCHEMA documents every key of a group", () => {
  interface Key {
    readonly $ref?: string;
    readonly description?: string;
    readonly examples?: readonly unknown[];
  }
  const { $defs } = INVENTORY_SCHEMA as unknown as {
    $defs: Record<string, Key> & { group: { properties: Record<string, Key> } };
  };
  const keys = Object.values($defs.group.properties).map((key) =>
    key.$ref === undefined ? key : $defs[key.$ref.replace("#/$defs/", "")],
  );
  expect(keys.length).toBe(3);
  for (const key of keys) {
    expect(key?.description).toMatch(/Default: /);
    expect(key?.examples?.length).toBeGreaterThan(0);
  }
});

test.each<[string, unknown]>([
  ["the inventory of the demo", parse(readFileSync("inventory/hosts.yml", "utf8"))],
  ["nested groups and empty ones", { all: { children: { web: { hosts: { "web[1:3]": null } }, db: null } } }],
  ["a lone host", { web: { hosts: "web1" } }],
  ["host key checking as Ansible writes it", { web: { vars: { ansible_host_key_checking: false } } }],
  ["variables of its own", { web: { vars: { anything: [1, { a: "b" }] } } }],
])("INVENTORY_SCHEMA accepts %s", (_name, inventory) => {
  isInventory(inventory);
  expect(isInventory.errors).toBeNull();
});

test.each<[string, unknown]>([
  ["a misspelt key", { web: { host: { web1: null } } }],
  ["a list of hosts", { web: { hosts: ["web1"] } }],
  ["a port out of range", { web: { hosts: { web1: { fusion_port: 70_000 } } } }],
  ["a port that is no number", { web: { vars: { ansible_port: "ssh" } } }],
  ["a misspelt connection variable", { web: { vars: { fusion_usr: "deploy" } } }],
  ["an unknown way to check host keys", { web: { vars: { fusion_host_key_checking: "maybe" } } }],
  ["a list", []],
])("INVENTORY_SCHEMA refuses %s", (_name, inventory) => {
  expect(isInventory(inventory)).toBe(false);
});
