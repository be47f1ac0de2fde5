import { expect, test } from "vitest";
import { expandHostRange, HostRangeError } from "../../src/inventory/host-range.ts";

test.each([
  ["web", ["web"]],
  ["web[1:3]", ["web1", "web2", "web3"]],
  ["web[01:03].x", ["web01.x", "web02.x", "web03.x"]],
  ["web[098:101]", ["web098", "web099", "web100", "web101"]],
  ["n[1:10:4]", ["n1", "n5", "n9"]],
  ["n[:2]", ["n0", "n1", "n2"]],
  ["db-[a:c]", ["db-a", "db-b", "db-c"]],
  ["[y:B]", ["y", "z", "A", "B"]],
  ["r[1:2]-[a:b]", ["r1-a", "r1-b", "r2-a", "r2-b"]],
  ["n[3:3]", ["n3"]],
])("expandHostRange() expands %s", (name, expected) => {
  expect(expandHostRange(name)).toEqual(expected);
});

test.each([
  "w[1:",
  "w[]",
  "w[1]",
  "w[1:2:3:4]",
  "w[2:1]",
  "w[1:2:0]",
  "w[1:2:x]",
  "w[01:1]",
  "w[a:1]",
  "w[-1:2]",
])("expandHostRange() refuses %s", (name) => {
  expect(() => expandHostRange(name)).toThrow(HostRangeError);
});
