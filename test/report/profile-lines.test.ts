import { expect, test } from "vitest";
import type { HostReport, Report } from "../../src/engine/report.ts";
import { displayWidth } from "../../src/report/display-width.ts";
import { renderLine } from "../../src/report/line.ts";
import { profileLines } from "../../src/report/profile-lines.ts";
import { hostReport, sampleReport, stepReport } from "./sample-run.ts";

function shown(plays: Report["plays"]): string[] {
  const lines = profileLines({ ...sampleReport, plays }, 120);
  return lines.map((line) => renderLine(line, { color: false, unicode: true }));
}

function host(ms: number, boot?: number): HostReport {
  const at = "2026-01-02T03:04:05.000Z";
  const steps = [
    stepReport({ name: "Collect", kind: "run", status: "ok", duration_ms: ms }),
    stepReport({ name: "Skipped", kind: "run", status: "skipped", duration_ms: 99_000 }),
    stepReport({ name: "Elsewhere", kind: "run", status: "ok", ran_on: "db1", duration_ms: 99_000 }),
    stepReport({ name: "Before", kind: "run", status: "ok", resumed: true, duration_ms: 99_000 }),
  ];
  const phases =
    boot === undefined ? {} : { phases: [{ phase: "boot" as const, started_at: at, duration_ms: boot }] };
  return hostReport({ status: "ok", steps, ...phases });
}

test("the slowest steps and phases come first, with the host that was slowest at them", () => {
  const hosts = { web1: host(10, 500), web2: host(2500), web3: host(30) };
  expect(shown([{ name: "P", hosts }])).toEqual([
    "SLOWEST",
    "                    HOSTS  MEDIAN  LONGEST  ON",
    "  Collect               3   30 ms    2.5 s  web2",
    "  connecting: boot      1  500 ms   500 ms  web1",
  ]);
});

test("of several plays their names are told, and of many steps the slowest fifteen", () => {
  const steps = Array.from({ length: 30 }, (_, index) =>
    stepReport({ name: `Step ${index}`, kind: "run", status: "ok", duration_ms: index }),
  );
  const hosts = { web1: hostReport({ status: "ok", steps }) };
  const lines = shown([
    { name: "P", hosts },
    { name: "Q", hosts: {} },
  ]);
  expect(lines).toHaveLength(17);
  expect(lines[2]).toMatch(/^ {2}P \| Step 29 /);
});

test("nothing is told where nothing was done", () => {
  expect(shown([{ name: "P", hosts: {} }])).toEqual([]);
});

test.each([40, 60, 80])("lines fit into %i columns, whatever the names are", (width) => {
  const steps = [
    stepReport({
      name: "日本語 with a name that is long".repeat(3),
      kind: "run",
      status: "ok",
      duration_ms: 2000,
    }),
    stepReport({ name: "Collect", kind: "run", status: "ok", duration_ms: 10 }),
  ];
  const hosts = { "ip-10-1-2-3.eu-central-1.compute.internal": hostReport({ status: "ok", steps }) };
  for (const unicode of [true, false]) {
    const lines = profileLines({ ...sampleReport, plays: [{ name: "P", hosts }] }, width).map((line) =>
      renderLine(line, { color: false, unicode }),
    );
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
  }
});
