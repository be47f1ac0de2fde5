import { expect, test } from "vitest";
import { foldHosts } from "../../src/report/host-ranges.ts";

function padded(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `web${String(from + index).padStart(2, "0")}`);
}

test.each([
  [padded(1, 18), "web[01-18]"],
  [["web1", "web2", "web3", "web7", "web9", "web10"], "web[1-3,7,9-10]"],
  [["web9", "web10", "web1"], "web[1,9-10]"],
  [["web1"], "web1"],
  [["web01", "web02", "web1", "web2"], "web[01-02], web[1-2]"],
  [["web99", ...padded(1, 3), "web100"], "web[01-03,99], web100"],
  [["web1.example.org", "web2.example.org", "db1.example.org"], "web[1-2].example.org, db1.example.org"],
  [["web1.dc2.org", "web2.dc2.org", "web1.dc3.org"], "web[1-2].dc2.org, web1.dc3.org"],
  [["proxy.dc1", "proxy.dc2"], "proxy.dc[1-2]"],
  [["10.0.0.1", "10.0.0.2"], "10.0.0.1, 10.0.0.2"],
  [["fe80::1", "fe80::2"], "fe80::1, fe80::2"],
  [["rack1-node1", "rack1-node2", "rack2-node1"], "rack1-node[1-2], rack2-node1"],
  [["alpha", "beta"], "alpha, beta"],
  [[], ""],
])("foldHosts() of %j", (names, folded) => {
  expect(foldHosts(names)).toBe(folded);
});
