import { expect, test } from "vitest";
import type { HostReport, Report } from "../../src/engine/report.ts";
import { renderLine } from "../../src/report/line.ts";
import { profileLines } from "../../src/report/profile-lines.ts";
import { hostReport, sampleReport, stepReport } from "./sample-run.ts";

function shown(plays: Report["plays"]): string[] {
  const lines = profileLines({ ...sampleReport, plays });
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
