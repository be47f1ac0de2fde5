import type { StepReport } from "../../src/engine/report.ts";
import { hostReport, sampleReport, stepReport, type UntimedEvent } from "./sample-run.ts";

/** What happens at one moment of a run, and what the clock says then. */
export interface Scene {
  readonly now: number;
  readonly events: readonly UntimedEvent[];
}

const play = "Fleet health";

function connecting(host: string, phase: "connect" | "boot"): UntimedEvent {
  return { type: "host_connecting", play, host, phase };
}

function connected(host: string): UntimedEvent {
  return { type: "host_connected", play, host, otp: "25", elixir: "1.14.0", transport: "tunnels" };
}

function started(host: string, step: string): UntimedEvent {
  return { type: "step_started", play, host, step, index: 0 };
}

function output(host: string, text: string): UntimedEvent {
  return { type: "step_output", play, host, step: "Collect", text };
}

function finished(host: string, status: StepReport["status"]): UntimedEvent[] {
  const failed = sampleReport.plays[0]?.hosts["web3"]?.steps[0];
  const collect = { name: "Collect", kind: "run", status } as const;
  const report = status === "failed" && failed !== undefined ? failed : stepReport(collect);
  const host_status = status === "failed" ? "failed" : "ok";
  return [
    { type: "step_finished", play, host, step: "Collect", index: 0, status, report },
    {
      type: "host_finished",
      play,
      host,
      status: host_status,
      report: hostReport({ status: host_status, steps: [report] }),
    },
  ];
}

function unreachable(host: string): UntimedEvent {
  const report = sampleReport.plays[0]?.hosts["web4"];
  if (report === undefined) throw new RangeError("the sample has no unreachable host");
  return { type: "host_finished", play, host, status: "unreachable", report };
}

const small: readonly Scene[] = [
  {
    now: 0,
    events: [
      { type: "run_started", playbooks: ["site.yml"] },
      { type: "play_started", play, hosts: ["web1", "web2", "db1", "日本語", "late"] },
      connecting("web1", "connect"),
      connecting("web2", "connect"),
      connecting("db1", "connect"),
      connecting("日本語", "connect"),
    ],
  },
  {
    now: 2500,
    events: [
      connecting("web1", "boot"),
      connected("web2"),
      connected("日本語"),
      started("日本語", "Collect"),
      unreachable("db1"),
    ],
  },
  {
    now: 65_000,
    events: [
      connected("web1"),
      started(
        "web1",
        `A step with a name that is far too long for a terminal of eighty columns ${"x".repeat(60)}`,
      ),
      started("web2", "Collect"),
      { type: "step_retried", play, host: "web2", step: "Collect", attempt: 3 },
      output("日本語", "half a "),
      output("日本語", "line\u001b[2J\u001b]0;title\u0007\nrest"),
    ],
  },
  { now: 70_000, events: [...finished("日本語", "failed"), ...finished("web2", "changed")] },
  {
    now: 71_000,
    events: [{ type: "run_finished", status: "cancelled", exit_code: 130, report: sampleReport }],
  },
];

function hosts(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `web${String(from + index).padStart(3, "0")}`);
}

const many: readonly Scene[] = [
  {
    now: 0,
    events: [
      { type: "play_started", play, hosts: hosts(1, 500) },
      ...hosts(1, 120).map((host) => connecting(host, "connect")),
      ...hosts(1, 100).map(connected),
      ...hosts(1, 80).map((host) => started(host, "Collect")),
    ],
  },
  { now: 5000, events: hosts(1, 40).flatMap((host) => finished(host, "ok")) },
];

/** Runs for the live display, by name. */
export const scenarios: Readonly<Record<string, readonly Scene[]>> = { small, many };

/** A run of 500 hosts with five steps each, in the order of fifty hosts at a time. */
export function* busyEvents(): Generator<UntimedEvent> {
  const all = hosts(1, 500);
  yield { type: "play_started", play, hosts: all };
  for (let first = 0; first < all.length; first += 50) {
    const batch = all.slice(first, first + 50);
    for (const host of batch) yield connecting(host, "connect");
    for (const host of batch) yield connected(host);
    for (let step = 0; step < 5; step += 1) {
      for (const host of batch) yield started(host, `Step ${step}`);
      for (const host of batch) yield output(host, "some output\n");
    }
    for (const host of batch) yield* finished(host, "ok");
  }
}
