import type { ErrorReport, HostReport, Report, StepReport } from "../../src/engine/report.ts";
import { atom, binary, MapTerm } from "../../src/etf/term.ts";
import type { Scene } from "./live-scenes.ts";
import { hostReport, sampleReport, stepReport, type UntimedEvent } from "./sample-run.ts";

const play = "Fleet health";
const STEPS = ["Ship the health check", "Collect", "Enough memory"] as const;

/**
 * A run of so many hosts, in the middle and at its end: the second one fails in a call and is still at it, the last
 * one is down, every fifth has less memory and every fiftieth too little.
 */
export function fleetScenes(count: number): readonly Scene[] {
  const names = Array.from(
    { length: count },
    (_, index) => `web${String(index + 1).padStart(String(count).length, "0")}`,
  );
  const reports = new Map(names.map((name, index) => [name, reportOf(name, index, count)]));
  const part = (from: number, to: number): string[] =>
    names.slice(Math.floor(count * from), Math.floor(count * to));
  const [done, late, collecting, shipping] = [
    part(0, 0.6),
    names.slice(1, 2),
    part(0.6, 0.8),
    part(0.8, 0.9),
  ];
  const finished = done.filter((name) => !late.includes(name));
  const report: Report = {
    ...sampleReport,
    status: "failed",
    exit_code: 6,
    duration_ms: 31_400,
    plays: [{ name: play, hosts: Object.fromEntries(reports) }],
  };
  return [
    {
      now: 0,
      events: [
        { type: "run_started", playbooks: ["site.yml"] },
        { type: "play_started", play, hosts: names, steps: STEPS.length },
        ...names.map((host): UntimedEvent => ({ type: "host_connecting", play, host, phase: "connect" })),
      ],
    },
    {
      now: 4000,
      events: [...done, ...collecting, ...shipping].flatMap((host) => begun(host)),
    },
    {
      now: 6000,
      events: [...done, ...collecting].flatMap((host) => [...stepEnd(reports, host, 0), started(host, 1)]),
    },
    {
      now: 20_000,
      events: finished.flatMap((host) => hostEnd(reports, host, 1)),
    },
    {
      now: 31_400,
      events: [
        ...collecting.flatMap((host) => hostEnd(reports, host, 1)),
        ...[...shipping, ...part(0.9, 1).slice(0, -1)].flatMap((host) => hostEnd(reports, host, 0)),
        ...[...late, ...names.slice(-1)].flatMap((host) => hostEnd(reports, host, 1)),
        { type: "run_finished", status: "failed", exit_code: 6, report },
      ],
    },
  ];
}

function begun(host: string): UntimedEvent[] {
  return [
    { type: "host_connected", play, host, otp: "25", elixir: "1.14.0", transport: "tunnels" },
    started(host, 0),
  ];
}

function started(host: string, index: number): UntimedEvent {
  return { type: "step_started", play, host, step: STEPS[index] ?? "", index };
}

function stepEnd(reports: ReadonlyMap<string, HostReport>, host: string, index: number): UntimedEvent[] {
  const report = reports.get(host)?.steps[index];
  if (report === undefined) return [];
  return [{ type: "step_finished", play, host, step: report.name, index, status: report.status, report }];
}

/** What is left of a host from a step on. */
function hostEnd(reports: ReadonlyMap<string, HostReport>, host: string, from: number): UntimedEvent[] {
  const report = reports.get(host);
  if (report === undefined) return [];
  return [
    ...report.steps.flatMap((_, index) => (index < from ? [] : stepEnd(reports, host, index))),
    { type: "host_finished", play, host, status: report.status, report },
  ];
}

function reportOf(name: string, index: number, count: number): HostReport {
  if (index === count - 1) {
    const message = `Cannot connect to ${name} (10.0.0.7:22): connection refused, 3 times`;
    const hint = "Check that sshd runs on the host and listens on port 22";
    const error = { code: "SSH_CONNECT_FAILED", message, hint } as const;
    return hostReport({ status: "unreachable", runtime: null, transport: null, error });
  }
  const pushed = { modules: 1, bytes: 1234, skipped: 2, files: 0, file_bytes: 0 };
  const ship = stepReport({
    name: STEPS[0],
    kind: "push",
    status: "changed",
    duration_ms: 40 + (index % 7),
    pushed: [
      {
        module: "Elixir.Health",
        bytes: 1234,
        md5: "0".repeat(32),
        needed_by: null,
        reason: null,
        elixir: null,
      },
    ],
  });
  const steps = [ship, ...laterSteps(name, index)];
  const isFailed = steps.some(({ status }) => status === "failed");
  return hostReport({ status: isFailed ? "failed" : "ok", pushed, steps });
}

function laterSteps(name: string, index: number): StepReport[] {
  if (index === 1) {
    const error: ErrorReport = {
      code: "REMOTE_EXCEPTION",
      message: `Health.check/0 raised (RuntimeError) disk is gone on ${name}`,
      hint: null,
      class: "error",
      reason: '%RuntimeError{message: "disk is gone"}',
      stacktrace: [
        ...Array.from({ length: 6 }, (_, frame) => `lib/enum.ex:${1650 + frame}: Enum.map/2`),
        "lib/health.ex:12: Health.check/0",
      ],
    };
    return [collect({ status: "failed", duration_ms: 25_400, output: "checking\nno disk\n", error })];
  }
  const memory = index % 50 === 3 ? 12 : index % 5 === 2 ? 256 : 512;
  const result = new MapTerm([
    [atom("status"), binary("ok")],
    [atom("kernel"), binary("6.1.0-37-amd64")],
    [atom("memory_mb"), memory],
    [atom("disks"), ["/", "/home", "/srv/データ"].map(binary)],
  ]);
  const collected = collect({ status: "ok", duration_ms: 13_000 + (index % 11) * 100, result });
  const error: ErrorReport = {
    code: "ASSERTION_FAILED",
    message: `only ${memory} MB`,
    hint: null,
    expected: "true",
    actual: "false",
  };
  const enough = stepReport({
    name: STEPS[2],
    kind: "assert",
    status: memory < 100 ? "failed" : "ok",
    duration_ms: 0.4,
    error: memory < 100 ? error : null,
  });
  return [collected, enough];
}

function collect(report: Partial<StepReport> & Pick<StepReport, "status">): StepReport {
  return stepReport({ name: STEPS[1], kind: "run", ...report });
}
