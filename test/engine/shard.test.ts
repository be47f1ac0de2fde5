import fc from "fast-check";
import { expect, test } from "vitest";
import { hostsOfShard } from "../../src/engine/shard.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { fakeRun, playbookOf } from "./fake-run.ts";

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), { minLength: 1, maxLength: 40 });

async function hostsOf(list: readonly string[]): Promise<Parameters<typeof hostsOfShard>[0][number]> {
  return [...(await loadInventory([`${list.join(",")},`])).hosts.values()];
}

test("each host is in one shard, the same in all plays, and shards differ by one host at most", async () => {
  await fc.assert(
    fc.asyncProperty(names, fc.integer({ min: 1, max: 8 }), async (list, count) => {
      const hosts = await hostsOf(list);
      const plays = [hosts, hosts.filter((_, index) => index % 2 === 0)];
      const shards = Array.from({ length: count }, (_, at) => hostsOfShard(plays, { index: at + 1, count }));
      const sizes = shards.map(([first]) => first?.length ?? 0);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(hosts.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      for (const [first = [], second = []] of shards) {
        expect(first.filter((host) => plays[1]?.includes(host))).toEqual(second);
      }
    }),
    { numRuns: 50 },
  );
});

test("a host that is added moves few others", async () => {
  const hosts = await hostsOf(Array.from({ length: 1000 }, (_, index) => `web${index}`));
  const shardOf = (list: typeof hosts): Map<string, number> =>
    new Map(
      [1, 2, 3, 4].flatMap((index) =>
        hostsOfShard([list], { index, count: 4 })
          .flat()
          .map(({ name }) => [name, index] as const),
      ),
    );
  const [before, after] = [shardOf(hosts.slice(1)), shardOf(hosts)];
  const moved = [...before].filter(([name, index]) => after.get(name) !== index);
  expect(moved.length).toBeLessThanOrEqual(3);
});

test("a shard without hosts is no failure, and a pattern that matches none is one", async () => {
  const playbook = await playbookOf("- hosts: all\n  steps: [{ run: m:f() }]\n");
  const shards = [1, 2, 3].map((index) => ({ index, count: 3 }));
  const runs = await Promise.all(shards.map((shard) => fakeRun(playbook, { inventory: "a,b,", shard })));
  const sizes = runs.map(({ nodes }) => nodes.size);
  expect(sizes.toSorted((one, other) => one - other)).toEqual([0, 1, 1]);
  expect(runs.map(({ report }) => [report.exit_code, report.shard])).toEqual(
    shards.map((shard) => [0, shard]),
  );
  const none = fakeRun(playbook, { inventory: "a,", limit: "b", shard: { index: 1, count: 2 } });
  await expect(none).rejects.toMatchObject({ code: "NO_HOST_MATCHED" });
});
