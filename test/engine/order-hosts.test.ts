import { expect, test } from "vitest";
import { orderHosts } from "../../src/engine/order-hosts.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { selectHosts } from "../../src/inventory/select-hosts.ts";
import type { HostOrder } from "../../src/playbook/playbook.ts";

const { hosts } = selectHosts(await loadInventory(["b,c,a,B,"]), "all");

function ordered(order: HostOrder): string[] {
  return orderHosts(hosts, order).map(({ name }) => name);
}

test.each([
  ["inventory", ["b", "c", "a", "B"]],
  ["reverse_inventory", ["B", "a", "c", "b"]],
  ["sorted", ["B", "a", "b", "c"]],
  ["reverse_sorted", ["c", "b", "a", "B"]],
] as const)("orderHosts() with %s", (order, names) => {
  expect(ordered(order)).toEqual(names);
});

test("orderHosts() with shuffle keeps all hosts, and gives every order sooner or later", () => {
  const seen = new Set<string>();
  // The chance to miss one of 24 orders in 2000 draws is below 10^-35.
  for (let draw = 0; draw < 2000; draw++) {
    const names = ordered("shuffle");
    expect(names.toSorted()).toEqual(["B", "a", "b", "c"]);
    seen.add(names.join());
  }
  expect(seen.size).toBe(24);
});
