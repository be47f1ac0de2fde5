import { expect, test } from "vitest";
import type { Traffic } from "../../src/engine/remote-node.ts";
import type { HostReport, Report } from "../../src/engine/report.ts";
import { displayWidth } from "../../src/report/display-width.ts";
import { renderLine } from "../../src/report/line.ts";
import { trafficLines } from "../../src/report/traffic-lines.ts";
import { hostReport, sampleReport, stepReport } from "./sample-run.ts";

function shown(hosts: Record<string, HostReport>, width = 120): string[] {
  const report: Report = { ...sampleReport, plays: [{ name: "P", hosts }] };
  return trafficLines(report, width).map((line) => renderLine(line, { color: false, unicode: true }));
}

function traffic(roundTrips: number): Traffic {
  return {
    round_trips: roundTrips,
    messages_sent: roundTrips,
    messages_received: 2 * roundTrips,
    bytes_sent: 300 * roundTrips,
    bytes_received: 1000 * roundTrips,
  };
}

function host(ofStep: number): HostReport {
  const step = { kind: "run", status: "ok", traffic: traffic(ofStep) } as const;
  return hostReport({
    status: "ok",
    phases: [{ phase: "boot", started_at: "2026-01-02T03:04:05.000Z", duration_ms: 1, traffic: traffic(2) }],
    steps: [
      stepReport({ name: "Collect", ...step, push_traffic: traffic(2) }),
      stepReport({ name: "Skipped", ...step, status: "skipped" }),
      stepReport({ name: "Push", ...step, push_traffic: traffic(ofStep) }),
    ],
    traffic: { total: traffic(2 * ofStep + 3), facts: traffic(1) },
  });
}

test("trafficLines() tells hosts together for which a part was the same, and totals", () => {
  expect(shown({ web1: host(3), web2: host(3), web3: host(4) })).toEqual([
    "ROUND TRIPS",
    "                    HOSTS  ROUND TRIPS         SENT      RECEIVED",
    "  connecting: boot      3            2    2 (600 B)    4 (2.0 kB)  web[1-3]",
    "  facts                 3            1    1 (300 B)    2 (1.0 kB)  web[1-3]",
    "  Collect               2            3    3 (900 B)    6 (3.0 kB)  web[1-2]",
    "  Collect               1            4   4 (1.2 kB)    8 (4.0 kB)  web3",
    "  Collect: push         3            2    2 (600 B)    4 (2.0 kB)  web[1-3]",
    "  Push                  2            3    3 (900 B)    6 (3.0 kB)  web[1-2]",
    "  Push                  1            4   4 (1.2 kB)    8 (4.0 kB)  web3",
    "  total of a host       2            9   9 (2.7 kB)   18 (9.0 kB)  web[1-2]",
    "  total of a host       1           11  11 (3.3 kB)  22 (11.0 kB)  web3",
  ]);
});

test("trafficLines() gives nothing where traffic was not counted", () => {
  expect(
    shown({
      web1: hostReport({ status: "ok", steps: [stepReport({ name: "Step", kind: "run", status: "ok" })] }),
    }),
  ).toEqual([]);
});

test("of many parts the first fifty are told, and how many more there are", () => {
  const steps = Array.from({ length: 60 }, (_, index) =>
    stepReport({ name: `Step ${index}`, kind: "run", status: "ok", traffic: traffic(1) }),
  );
  const lines = shown({ web1: hostReport({ status: "ok", steps, traffic: { total: traffic(60) } }) });
  expect(lines).toHaveLength(2 + 50 + 1 + 1);
  expect(lines.at(-1)).toBe("  and 10 parts more");
});

test("lines fit into a narrow terminal: hosts go first, then names are cut", () => {
  for (const width of [60, 80]) {
    for (const line of shown({ [`${"long".repeat(20)}.example.org`]: host(3) }, width)) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    }
  }
});
