import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { dataToValue } from "../../src/etf/data.ts";
import type { Host, Inventory } from "../../src/inventory/inventory.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { selectHosts } from "../../src/inventory/select-hosts.ts";
import { askAnsible, type AnsibleInventory } from "./ansible-oracle.ts";

const fixtures = join(import.meta.dirname, "../fixtures/inventory");
const folder = join(fixtures, "valid");
const patterns = readFileSync(join(fixtures, "patterns.txt"), "utf8").split("\n").filter(Boolean);
const sources = readdirSync(folder).map((name) =>
  name === "26-vars-files" ? join(name, "hosts.yml") : name,
);

let answers: Readonly<Record<string, AnsibleInventory>>;
beforeAll(() => {
  answers = askAnsible(sources.map((source) => join(folder, source)));
});

describe.each(sources)("%s", (source) => {
  let inventory: Inventory;
  let ansible: AnsibleInventory;
  beforeAll(async () => {
    inventory = await loadInventory([join(folder, source)]);
    const answer = answers[join(folder, source)];
    expect(answer).toBeDefined();
    ansible = answer as AnsibleInventory;
  });

  /** Names as they are, or sorted where Ansible itself gives them in any order. */
  const inAnsiblesOrder = (names: readonly string[]): readonly string[] =>
    ansible.ordered ? names : names.toSorted();

  test("loadInventory() gives the hosts, groups and variables that Ansible gives", () => {
    const hosts = [...inventory.hosts.values()].map((host) => ({
      name: host.name,
      groups: host.groups,
      vars: plainVars(host),
    }));
    expect(hosts).toEqual(ansible.hosts.map(withoutMagicVars));
    expect(hosts.length).toBeGreaterThan(0);
  });

  test("loadInventory() gives the members and children of groups that Ansible gives", () => {
    const groups = [...inventory.groups.values()].map(({ name, children, hosts }) => ({
      name,
      children,
      hosts: inAnsiblesOrder(hosts),
    }));
    expect(groups).toEqual(
      ansible.groups.map((group) => ({ ...group, hosts: inAnsiblesOrder(group.hosts) })),
    );
  });

  test.each(patterns)("selectHosts() selects what Ansible selects, when the pattern is %s", (pattern) => {
    const names = selectHosts(inventory, pattern).hosts.map((host) => host.name);
    expect(inAnsiblesOrder(names)).toEqual(inAnsiblesOrder(ansible.selected[pattern] ?? []));
  });
});

function plainVars(host: Host): unknown {
  const vars = Object.entries(host.vars).map(([name, data]) => [name, dataToValue(data)] as const);
  // Ansible's answer is JSON, which loses what is beyond 2^53.
  return JSON.parse(
    JSON.stringify(Object.fromEntries(vars), (_, value: unknown) =>
      typeof value === "bigint" ? Number(value) : value,
    ),
  );
}

function withoutMagicVars({ name, groups, vars }: AnsibleInventory["hosts"][number]): unknown {
  const { inventory_file: _file, inventory_dir: _folder, ...own } = vars;
  return { name, groups, vars: own };
}
