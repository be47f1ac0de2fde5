import { expect, test } from "vitest";
import { atom, binary, MapTerm, type Term } from "../../../src/etf/term.ts";
import type { HostPhase } from "../../../src/engine/report.ts";
import { makePageData } from "../../../src/report/page/make-page-data.ts";
import { OUTCOMES } from "../../../src/report/page/page-data.ts";
import { writtenReport, type WrittenReport } from "../../../src/report/written-report.ts";
import { largeReport } from "../large-report.ts";
import { sampleReport, stepReport, hostReport } from "../sample-run.ts";

const sample = makePageData(writtenReport(sampleReport));

/** The only play of a run. */
function playOf({ plays: [play] }: ReturnType<typeof makePageData>): NonNullable<typeof play> {
  if (play === undefined) throw new Error("There is no play");
  return play;
}

test("makePageData() has a column for each step, whichever hosts came to it", () => {
  const play = playOf(sample);
  expect(play.steps.map(({ name }) => name).toSorted()).toEqual([
    "Collect",
    "Enough memory",
    "Flaky",
    "Only on staging",
    "Ship the health check",
  ]);
  const report = writtenReport(sampleReport);
  for (const host of play.hosts) {
    const steps = report.plays[0]?.hosts[host.name]?.steps ?? [];
    const columns = host.columns ?? steps.map((_step, index) => index);
    expect(columns.map((column) => play.steps[column]?.name)).toEqual(steps.map(({ name }) => name));
    expect(host.outcomes.map((outcome) => OUTCOMES[outcome])).toEqual(steps.map(({ status }) => status));
  }
});

test("makePageData() has results as terms, errors with what led there, outputs and what was shipped", () => {
  const play = playOf(sample);
  const text = (index: number | undefined): string => sample.texts[index ?? -1] ?? "";
  const web1 = play.hosts.find(({ name }) => name === "web1");
  expect(text(web1?.results[1])).toContain('status: "ok"');
  expect(text(web1?.results[1])).toContain("raw: <<255, 0>>");
  expect(sample.extras[web1?.extras[1] ?? -1]).toMatchObject({ attempts: 3 });
  expect(text(sample.extras[web1?.extras[1] ?? -1]?.output)).toBe("checking\ndone");
  expect(sample.extras[web1?.extras[0] ?? -1]?.modules?.map((index) => sample.modules[index]?.name)).toEqual([
    "RemoteHealth",
  ]);
  const web3 = play.hosts.find(({ name }) => name === "web3");
  expect(text(sample.extras[web3?.extras[0] ?? -1]?.error)).toContain("at :timer.tc/2 (timer.erl:235)");
  expect(text(play.hosts.find(({ name }) => name === "web4")?.error)).toContain("connection refused");
});

test.each<[Term, Term, string]>([
  [binary("[server],\nport=1"), binary("[server]\nport=1"), "- [server],\n+ [server]\n  port=1"],
  [[1], [1, 2], "  [\n    1,\n+   2\n  ]"],
])(
  "makePageData() tells lines that would change: of text each one, of terms without their commas",
  (before, after, lines) => {
    const diff = new MapTerm([
      [atom("before"), before],
      [atom("after"), after],
    ]);
    const step = stepReport({ name: "Configure", kind: "run", status: "changed", diff });
    const hosts = { web1: hostReport({ status: "ok", steps: [step] }) };
    const { texts, extras } = makePageData(
      writtenReport({ ...sampleReport, plays: [{ name: "Check", hosts }] }),
    );
    expect(texts[extras[0]?.diff ?? -1]).toBe(lines);
  },
);

test("makePageData() has times from the begin of the run", () => {
  const play = playOf(makePageData(largeReport({ hosts: 1, steps: 2 })));
  expect(play.hosts[0]).toMatchObject({
    phases: [
      ["connect", 0, 120.5],
      ["boot", 121, 160],
    ],
    starts: [281, 301],
    pushes: [8.5, 0],
  });
});

test("makePageData() has no times of what was done before the run was resumed, and says so", () => {
  const before = { name: "Before", kind: "run", status: "ok", duration_ms: 3005, resumed: true } as const;
  const steps = [
    stepReport({ ...before, started_at: "2026-01-02T02:00:00.000Z" }),
    stepReport({ name: "Now", kind: "run", status: "ok", started_at: "2026-01-02T03:04:05.251Z" }),
  ];
  const phases: HostPhase[] = [
    { phase: "connect", started_at: "2026-01-02T01:59:59.000Z", duration_ms: 90 },
    { phase: "boot", started_at: "2026-01-02T03:04:05.000Z", duration_ms: 160 },
  ];
  const hosts = { web1: hostReport({ status: "ok", phases, steps }) };
  const run = { ...sampleReport, started_at: "2026-01-02T03:04:05.000Z", plays: [{ name: "P", hosts }] };
  const data = makePageData(writtenReport(run));
  const [host] = playOf(data).hosts;
  expect(host).toMatchObject({
    phases: [
      ["connect", -1, 90],
      ["boot", 0, 160],
    ],
    starts: [-1, 251],
    durations: [3005, 12],
  });
  expect(data.extras[host?.extras[0] ?? -1]?.notes).toEqual(["done before the run was resumed"]);
});

test("makePageData() of a report of old, without times and terms, has what there is", () => {
  const play = playOf(
    makePageData({
      ...writtenReport(sampleReport),
      plays: [{ name: "Old", hosts: { a: oldHost({ status: "fine" }) } }],
    } as WrittenReport),
  );
  expect(play.hosts[0]).toMatchObject({ phases: [], starts: [-1], pushes: [0], results: [0] });
});

function oldHost(result: unknown): unknown {
  const { language: _language, ...step } = stepReport({ name: "Collect", kind: "run", status: "ok" });
  return { ...hostReport({ status: "ok" }), steps: [{ ...step, result }] };
}

test("makePageData() tells a text once that many hosts have", () => {
  const { texts, extras } = makePageData(largeReport({ hosts: 200, steps: 10 }));
  expect(texts.length).toBeLessThan(6);
  expect(extras.length).toBeLessThan(4);
});

test("makePageData() cuts texts, and says so, when all together are more than a page can hold", () => {
  const report = largeReport({ hosts: 40, steps: 2 });
  const texts = Object.fromEntries(
    Object.entries(report.plays[0]?.hosts ?? {}).map(([host, end]) => [
      host,
      { ...end, steps: end.steps.map((step) => ({ ...step, output: `${host}${"<".repeat(400_000)}` })) },
    ]),
  );
  const data = makePageData({ ...report, plays: [{ name: "Long", hosts: texts }] });
  const cut = data.texts.filter((text) => text.includes("more characters are in the JSON report]"));
  expect(cut.length).toBeGreaterThan(30);
  expect(JSON.stringify(data).replaceAll("<", "\\u003c").length).toBeLessThan(16 * 1024 * 1024);
});
