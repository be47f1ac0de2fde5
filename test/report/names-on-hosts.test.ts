// A step is one step in all that is written of a run, whatever it is called on each host.
import { expect, test } from "vitest";
import type { ErrorReport, HostReport, Report, StepReport } from "../../src/engine/report.ts";
import { binary } from "../../src/etf/term.ts";
import { barsOf } from "../../src/page/bars.ts";
import { RunView } from "../../src/page/run-view.ts";
import { selectHosts } from "../../src/page/select-hosts.ts";
import { EventLines } from "../../src/report/event-lines.ts";
import { failureGroups } from "../../src/report/failure-groups.ts";
import { foldedResultLines } from "../../src/report/folded-results.ts";
import { ctrfText } from "../../src/report/formats/ctrf.ts";
import { githubText } from "../../src/report/formats/github.ts";
import { gitlabText } from "../../src/report/formats/gitlab.ts";
import { htmlText } from "../../src/report/formats/html.ts";
import { junitText } from "../../src/report/formats/junit.ts";
import { markdownText } from "../../src/report/formats/markdown.ts";
import { interruptedSteps } from "../../src/report/interrupted-steps.ts";
import { type Line, renderLine } from "../../src/report/line.ts";
import { screenLines } from "../../src/report/live-screen.ts";
import { LiveState } from "../../src/report/live-state.ts";
import { makePageData } from "../../src/report/page/make-page-data.ts";
import { profileLines } from "../../src/report/profile-lines.ts";
import { trafficLines } from "../../src/report/traffic-lines.ts";
import { writtenReport } from "../../src/report/written-report.ts";
import { hostReport, sampleReport, stepReport, timed, type UntimedEvent } from "./sample-run.ts";

const WRITTEN = "Deploy to ${{ vars.zone }}";
const ZONES = { web1: "north", web2: "south", web3: "south" };
const WORK = { kind: "run", status: "ok", language: "elixir" } as const;
const FAILED: ErrorReport = { code: "TIMEOUT", message: "too late", hint: null };

const rendered = (lines: readonly Line[]): string[] =>
  lines.map((line) => renderLine(line, { color: false, unicode: true }));

/** A step that each host calls after its zone, and one that is written again, with what all hosts call the same. */
function zoneSteps(zone: string, more: Partial<StepReport> = {}): StepReport[] {
  const place = { file: "site.yml", line: 4, started_at: sampleReport.started_at };
  const include = "Install ${{ vars.app }}";
  const app = (name: string): StepReport =>
    stepReport({ ...WORK, name, written_name: include, result: binary(name) });
  return [
    stepReport({ ...WORK, ...place, name: `Deploy to ${zone}`, written_name: WRITTEN, ...more }),
    app("Install shop"),
    { ...app("Install proxy"), written_nth: 2 },
  ];
}

function runOf(stepsOf: (zone: string) => StepReport[], status: HostReport["status"] = "ok"): Report {
  const hosts = Object.entries(ZONES).map(([host, zone]): [string, HostReport] => [
    host,
    hostReport({ status, steps: stepsOf(zone) }),
  ]);
  return { ...sampleReport, plays: [{ name: "P", hosts: Object.fromEntries(hosts) }] };
}

const done = runOf((zone) => zoneSteps(zone, { result: binary("done") }));
const failed = runOf((zone) => zoneSteps(zone, { status: "failed", error: FAILED }).slice(0, 1), "failed");

test("RESULTS have a step once, as it is written where hosts have other names for it", () => {
  expect(rendered(foldedResultLines(done, { width: 80, verbosity: 0 }))).toEqual([
    "RESULTS",
    "  Deploy to ${{ vars.zone }}",
    '    web[1-3]  ok  "done"',
    "  Install shop",
    '    web[1-3]  ok  "Install shop"',
    "  Install proxy",
    '    web[1-3]  ok  "Install proxy"',
  ]);
});

test("what failed at the end has its hosts together, and the name of a host that is alone", () => {
  expect(rendered(failureGroups(failed, { width: 80, verbosity: 0 }))).toEqual([
    "  web[1-3] (3 hosts): P | Deploy to ${{ vars.zone }}",
    "    TIMEOUT: too late",
  ]);
  const [play] = failed.plays;
  const alone = { ...failed, plays: [{ name: "P", hosts: { web1: play?.hosts["web1"] as HostReport } }] };
  expect(rendered(failureGroups(alone, { width: 80, verbosity: 0 }))[0]).toBe("  web1: P | Deploy to north");
});

test("steps that were interrupted, took longest or many round trips are told once", () => {
  const cancelled: ErrorReport = { ...FAILED, code: "CANCELLED" };
  const cut = runOf((zone) => zoneSteps(zone, { status: "failed", error: cancelled }), "cancelled");
  expect(interruptedSteps(cut)).toEqual([{ play: "P", step: WRITTEN, hosts: ["web1", "web2", "web3"] }]);
  const traffic = {
    round_trips: 1,
    messages_sent: 1,
    messages_received: 1,
    bytes_sent: 9,
    bytes_received: 9,
  };
  const counted = runOf((zone) => zoneSteps(zone, { traffic }));
  const [play] = counted.plays;
  const hosts = Object.entries(play?.hosts ?? {}).map(([name, host]) => [
    name,
    { ...host, traffic: { total: traffic } },
  ]);
  const withTotals = { ...counted, plays: [{ name: "P", hosts: Object.fromEntries(hosts) as never }] };
  expect(rendered(trafficLines(withTotals, 80))[2]).toMatch(/^ {2}Deploy to \$\{\{ vars\.zone \}\} +3 +1 /);
  const slowest = rendered(profileLines(done, 80)).slice(2);
  expect(slowest.map((line) => line.trim().split(/ {2,}/).slice(0, 2))).toEqual([
    [WRITTEN, "3"],
    ["Install shop", "3"],
    ["Install proxy", "3"],
  ]);
});

test("markdown, github, gitlab and the page have a failure of several hosts once", () => {
  const written = writtenReport(failed);
  expect(markdownText(written)).toContain("**web\\[1-3\\]**: P \\| Deploy to ${{ vars.zone }}\n");
  expect(githubText(written)).toBe(
    `::error file=site.yml,line=4,title=web[1-3] | P | ${WRITTEN}::TIMEOUT: too late\n`,
  );
  const issues = JSON.parse(gitlabText(written)) as { description: string }[];
  expect(issues.map(({ description }) => description)).toEqual([`${WRITTEN}, web[1-3]: too late`]);
  expect(htmlText(written)).toContain(`<p class="muted">P › ${WRITTEN}</p>`);
});

test("an issue of gitlab is known again where the name has changed with a variable", () => {
  const fingerprintIn = (zone: string): unknown => {
    const report = runOf(() => zoneSteps(zone, { status: "failed", error: FAILED }), "failed");
    return (JSON.parse(gitlabText(writtenReport(report))) as { fingerprint: string }[])[0]?.fingerprint;
  };
  expect(fingerprintIn("east")).toBe(fingerprintIn("west"));
});

test("junit and ctrf have a case for each host, by the name that the step has there", () => {
  const junit = junitText(writtenReport(done));
  expect(junit).toContain('<testcase name="Deploy to north" classname="P.web1"');
  expect(junit).toContain('<testcase name="Deploy to south" classname="P.web2"');
  const { results } = JSON.parse(ctrfText(writtenReport(done))) as { results: { tests: { name: string }[] } };
  expect(results.tests.map(({ name }) => name)).toContain("Deploy to north");
});

test("the page has one column for the step, and its name on each host where that is shown", () => {
  const run = new RunView(makePageData(writtenReport(done)));
  const [play] = run.plays;
  if (play === undefined) throw new Error("There is no play");
  expect(play.steps.map(({ name }) => name)).toEqual([WRITTEN, "Install shop", "Install proxy"]);
  expect(play.groups(0)).toHaveLength(1);
  const names = play.hosts.map((host) => [0, 1].map((column) => play.nameOf(column, host.cell(column))));
  expect(names).toEqual([
    ["Deploy to north", "Install shop"],
    ["Deploy to south", "Install shop"],
    ["Deploy to south", "Install shop"],
  ]);
  expect(play.nameOf(0)).toBe(WRITTEN);
  const [bars] = play.hosts.map((host) => barsOf(play, host));
  expect(bars?.map(({ name }) => name)).toEqual(["Deploy to north"]);
  const found = selectHosts(play, { query: "to south", outcomes: new Set() }, run.data.texts);
  expect(found.map(({ host }) => host.host.name)).toEqual(["web2", "web3"]);
});

test("the live display draws hosts together that are at the step, and says briefly what failed like before", () => {
  const state = new LiveState();
  const events: UntimedEvent[] = [
    { type: "play_started", play: "P", hosts: Object.keys(ZONES) },
    ...Object.entries(ZONES).map(([host, zone]): UntimedEvent => {
      const step = `Deploy to ${zone}`;
      return { type: "step_started", play: "P", host, step, index: 0, written_name: WRITTEN };
    }),
  ];
  for (const event of timed(events)) state.apply(event, 0);
  const shown = (): string[] =>
    state.play === undefined ? [] : rendered(screenLines(state.play, { rows: 24, now: 0 })).slice(1);
  expect(shown()).toEqual([`  web[1-3]         ${WRITTEN}  3 hosts`]);
  const retry = {
    type: "step_retried",
    play: "P",
    host: "web2",
    step: "Deploy to south",
    attempt: 2,
  } as const;
  for (const event of timed([retry, { ...retry, host: "web3" }])) state.apply(event, 0);
  expect(shown()).toEqual([
    "  web1             Deploy to north",
    "  web[2-3]         Deploy to south (attempt 2)  2 hosts",
  ]);

  const lines = new EventLines({ verbosity: 0, failuresOnly: true });
  const ends = Object.entries(ZONES).map(([host, zone]): UntimedEvent => {
    const [report = stepReport({ ...WORK, name: "" })] = zoneSteps(zone, {
      status: "failed",
      error: { ...FAILED, hint: "Wait longer" },
    });
    return { type: "step_finished", play: "P", host, step: report.name, index: 0, status: "failed", report };
  });
  expect(rendered(timed(ends).flatMap((event) => lines.add(event)))).toEqual([
    "failed      web1 | Deploy to north (12 ms)",
    "            TIMEOUT: too late",
    "            Hint: Wait longer",
    "failed      web2 | Deploy to south (12 ms): as on web1",
    "failed      web3 | Deploy to south (12 ms): as on web1",
  ]);
});
