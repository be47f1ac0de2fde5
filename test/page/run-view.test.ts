import { expect, test } from "vitest";
import { barsOf, ticksOf } from "../../src/page/bars.ts";
import { linkTo, placeOf } from "../../src/page/links.ts";
import { moduleTree } from "../../src/page/module-tree.ts";
import { type PlayView, RunView } from "../../src/page/run-view.ts";
import { selectHosts } from "../../src/page/select-hosts.ts";
import { makePageData } from "../../src/report/page/make-page-data.ts";
import type { PageModule } from "../../src/report/page/page-data.ts";
import { largeReport } from "../report/large-report.ts";

const run = new RunView(makePageData(largeReport({ hosts: 40, steps: 6 })));
const play = run.plays[0] as PlayView;

test("hosts that failed come first, then those that were unreachable; all others as the report has them", () => {
  const names = play.ordered.map(({ host }) => host.name);
  expect(names.slice(0, 4)).toEqual(["web0007", "web0011", "web0001", "web0002"]);
  expect(names).toHaveLength(40);
});

test("groups() puts hosts together on which a step ended alike, and common() is what most of them did", () => {
  const sizes = play.groups(1).map(({ hosts }) => hosts.length);
  expect(sizes).toEqual([38, 1]);
  expect(play.common(1)?.hosts).toHaveLength(38);
  const other = play.hosts.find(({ host }) => host.name === "web0013");
  const cell = other?.cell(1);
  expect(cell !== undefined && play.differs(1, cell)).toBe(true);
  expect(run.text(cell?.result)).toContain("memory_mb: 99");
});

test("common() is nothing, where every host gave something else, and nothing differs from it", () => {
  const all = new RunView(makePageData(largeReport({ hosts: 40, steps: 6, allDiffer: true })))
    .plays[0] as PlayView;
  expect(all.common(1)).toBeUndefined();
  const cell = all.hosts[0]?.cell(1);
  expect(cell !== undefined && all.differs(1, cell)).toBe(false);
});

test("selectHosts() finds hosts by their names, by what they gave and by how they ended", () => {
  const found = (query: string, ...outcomes: ("failed" | "unreachable")[]): string[] =>
    selectHosts(play, { query, outcomes: new Set(outcomes) }, run.data.texts).map(
      ({ host }) => host.host.name,
    );
  expect(found("WEB001")).toEqual([
    "web0011",
    ...Array.from({ length: 10 }, (_, n) => `web00${n + 10}`).filter((name) => name !== "web0011"),
  ]);
  expect(found("memory_mb: 99")).toEqual(["web0013"]);
  expect(found("only 12 mb")).toEqual(["web0007"]);
  expect(found("refused")).toEqual(["web0011"]);
  expect(found("", "failed", "unreachable")).toEqual(["web0007", "web0011"]);
  expect(found("web0013", "failed")).toEqual([]);
  const [hit] = selectHosts(play, { query: "memory_mb: 99", outcomes: new Set() }, run.data.texts);
  expect([...(hit?.hits ?? [])]).toEqual([1]);
});

test("barsOf() has phases, shipping and steps one after the other", () => {
  const bars = barsOf(play, play.hosts[0] as PlayView["hosts"][number]);
  expect(bars.slice(0, 5).map(({ type, name, startMs }) => `${type} ${name} ${startMs}`)).toEqual([
    "connect connect 0",
    "boot boot 121",
    "push Ship: shipping 281",
    "ok Ship 289.5",
    "ok Collect 1 301",
  ]);
});

test("barsOf() has nothing of what was done before the run was resumed", () => {
  const report = largeReport({ hosts: 1, steps: 2 });
  const later = new Date(Date.parse(report.started_at) + 290).toISOString();
  const [resumed] = new RunView(makePageData({ ...report, started_at: later })).plays;
  const [host] = resumed?.hosts ?? [];
  if (resumed === undefined || host === undefined) throw new Error("There is no host");
  expect(barsOf(resumed, host)).toMatchObject([{ name: "Collect 1", startMs: 11 }]);
});

test.each([0.4, 7, 100, 999, 12_345, 3_600_000])("ticksOf(%d) are a few round times", (lengthMs) => {
  const ticks = ticksOf(lengthMs);
  expect(ticks.length).toBeGreaterThanOrEqual(3);
  expect(ticks.length).toBeLessThanOrEqual(8);
  expect(Math.max(...ticks)).toBeLessThan(lengthMs);
});

test("moduleTree() has each module once, below the one that needs it, also where two need each other", () => {
  const module = (name: string, bytes: number, neededBy: number): PageModule => ({
    name,
    bytes,
    neededBy,
    reason: "",
    hosts: 1,
  });
  const tree = moduleTree([
    module("a", 1, -1),
    module("b", 20, 0),
    module("c", 300, 0),
    module("d", 5, 4),
    module("e", 6, 3),
  ]);
  expect(
    tree.map((node) => [node.module.name, node.totalBytes, node.needs.map((need) => need.module.name)]),
  ).toEqual([
    ["a", 321, ["c", "b"]],
    ["d", 5, []],
    ["e", 6, []],
  ]);
});

test("placeOf() reads what linkTo() writes, and nothing else", () => {
  for (const place of [
    { type: "cell", play: 1, host: 20, column: 3 },
    { type: "host", play: 0, host: 7 },
    { type: "step", play: 2, column: 0 },
  ] as const) {
    expect(placeOf(linkTo(place))).toEqual(place);
  }
  for (const hash of ["", "#hosts", "#c1.2", "#h1.2.3", "#cx.1.2", "#c1.2.3.4"])
    expect(placeOf(hash)).toBeUndefined();
});
