import fc from "fast-check";
import { expect, test } from "vitest";
import { foldHosts, foldHostsWithin } from "../../src/report/host-ranges.ts";

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
  [["web", "web1"], "web, web1"],
  [["web1", "web", "web2"], "web[1-2], web"],
  [["web.dc", "web1.dc", "web01.dc"], "web.dc, web1.dc, web01.dc"],
  [[], ""],
])("foldHosts() of %j", (names, folded) => {
  expect(foldHosts(names)).toBe(folded);
});

/** The names that folded ones stand for. */
function unfold(folded: string): string[] {
  return folded.split(", ").flatMap((fold) => {
    const [, before = "", ranges = "", after = ""] = /^(.*)\[(.*)\](.*)$/.exec(fold) ?? [];
    if (ranges === "") return [fold];
    return ranges.split(",").flatMap((range) => {
      const [first = "", last = first] = range.split("-");
      const count = Number(last) - Number(first) + 1;
      return Array.from({ length: count }, (_, index) => {
        const number = String(Number(first) + index).padStart(first.length, "0");
        return `${before}${number}${after}`;
      });
    });
  });
}

test("foldHosts() stands for each host once, and for no other", () => {
  const part = fc.constantFrom("web", "db", "-", ".", "0", "1", "2", "9", "01", "10", "99", ".dc");
  const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 12 }), (names) => {
      expect(unfold(foldHosts(names)).toSorted()).toEqual(names.toSorted());
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [padded(1, 18), 40, "web[01-18]"],
  [["web1", "web3", "web5", "web7"], 12, "web[1,3,5,7]"],
  [["web01", "web03", "web05", "web07", "web09", "web11"], 20, "web[01,…] (6 hosts)"],
  [["web01", "web03", "web05", "web07", "web09", "web11"], 18, "web[…] (6 hosts)"],
  [["alpha", "beta", "gamma", "delta"], 24, "alpha,… (4 hosts)"],
  [["a-rather-long-name-of-a-host", "b"], 20, "a-rathe… (2 hosts)"],
])("foldHostsWithin() of %j in %i characters", (names, limit, folded) => {
  expect(foldHostsWithin(names, limit)).toBe(folded);
});

test("foldHostsWithin() of hosts without end is short", () => {
  const names = Array.from({ length: 5000 }, (_, index) => `host-${"abcdefghij"[index % 10]}${index * 3}x`);
  expect(foldHostsWithin(names, 60).length).toBeLessThanOrEqual(60);
});
