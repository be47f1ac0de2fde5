import { expect, test } from "vitest";
import { mergeReports } from "../../src/report/merge-reports.ts";
import { writtenReport, type WrittenReport } from "../../src/report/written-report.ts";
import { hostReport } from "./sample-run.ts";

type Status = "ok" | "failed" | "unreachable";

function part(index: number, hosts: Readonly<Record<string, Status>>, more = {}): WrittenReport {
  return writtenReport({
    version: 1,
    status: "ok",
    exit_code: 0,
    started_at: `2026-01-02T03:04:0${index}.000Z`,
    duration_ms: 1500,
    shard: { index, count: 2 },
    plays: [
      {
        name: "P",
        hosts: Object.fromEntries(
          Object.entries(hosts).map(([name, status]) => [name, hostReport({ status })]),
        ),
      },
    ],
    ...more,
  });
}

function merged(...reports: readonly WrittenReport[]): WrittenReport {
  return mergeReports(reports.map((report, index) => ({ name: `${index + 1}.json`, report })));
}

test("hosts, times and ends are those of all shards together", () => {
  const report = merged(part(1, { a: "ok", b: "failed" }), part(2, { c: "unreachable" }));
  expect(Object.keys(report.plays[0]?.hosts ?? {})).toEqual(["a", "b", "c"]);
  expect([report.status, report.exit_code]).toEqual(["failed", 6]);
  expect([report.started_at, report.duration_ms]).toEqual(["2026-01-02T03:04:01.000Z", 2500]);
  expect(report.shard).toBeUndefined();
});

test("a host that failed counts, when it is called __proto__", () => {
  const failed: readonly [string, Status] = ["__proto__", "failed"];
  const report = merged(part(1, { a: "ok" }), part(2, Object.fromEntries([failed])));
  expect(Object.keys(report.plays[0]?.hosts ?? {})).toEqual(["a", "__proto__"]);
  expect([report.status, report.exit_code]).toEqual(["failed", 2]);
});

test("one that was stopped makes the whole a stopped one", () => {
  const stopped = part(2, { c: "ok" }, { status: "cancelled", exit_code: 143 });
  expect(merged(part(1, { a: "failed" }), stopped)).toMatchObject({ status: "cancelled", exit_code: 143 });
});

test("a shard that did not come to the last plays has none of them", () => {
  const play = { name: "Q", hosts: { c: hostReport({ status: "ok" }) } };
  const short = part(1, { a: "ok" });
  const long = part(2, { c: "ok" });
  const report = merged(short, {
    ...long,
    plays: [...long.plays, ...writtenReport({ ...long, plays: [play] } as never).plays],
  });
  expect(report.plays.map(({ name, hosts }) => [name, Object.keys(hosts)])).toEqual([
    ["P", ["a", "c"]],
    ["Q", ["c"]],
  ]);
});

test.each<[string, WrittenReport[], RegExp]>([
  ["a shard is missing", [part(1, { a: "ok" })], /no report is that of shard 2\/2/],
  [
    "a shard is there twice",
    [part(1, { a: "ok" }), part(1, {})],
    /"1.json" and "2.json" are both shard 1\/2/,
  ],
  [
    "they are of different runs",
    [part(1, {}), part(2, {}, { shard: { index: 2, count: 3 } })],
    /some are of 2 shards, and some of 3/,
  ],
  [
    "a host is in two of them",
    [part(1, { a: "ok" }), part(2, { a: "ok" })],
    /a is in play "P" of two of them/,
  ],
  [
    "their plays are others",
    [part(1, {}), part(2, {}, { plays: [{ name: "Q", hosts: {} }] })],
    /play 1 is "P" in "1.json", and "Q" in "2.json"/,
  ],
])("they are refused, when %s", (_, reports, why) => {
  expect(() => merged(...reports)).toThrow(why);
});
