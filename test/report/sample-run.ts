import type { RunEvent } from "../../src/engine/run-event.ts";
import type { ErrorReport, HostReport, PushedModule, Report, StepReport } from "../../src/engine/report.ts";
import { atom, binary, MapTerm, tuple } from "../../src/etf/term.ts";

/** Time of the sample run: every event is a tenth of a second after the one before. */
const START = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Events without their time. */
export type UntimedEvent = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, "at">
    : never
  : never;

export function timed(events: readonly UntimedEvent[]): RunEvent[] {
  return events.map(
    (event, index) => ({ ...event, at: new Date(START + index * 100).toISOString() }) as RunEvent,
  );
}

export function stepReport(
  report: Partial<StepReport> & Pick<StepReport, "name" | "kind" | "status">,
): StepReport {
  return {
    rescued: false,
    duration_ms: 12,
    attempts: 1,
    items: null,
    result: null,
    output: "",
    pushed: [],
    pushed_files: [],
    error: null,
    language: "elixir",
    ...report,
  };
}

export function hostReport(report: Partial<HostReport> & Pick<HostReport, "status">): HostReport {
  return {
    error: null,
    runtime: { otp: "25", elixir: "1.14.0" },
    transport: "tunnels",
    pushed: { modules: 0, bytes: 0, skipped: 0, files: 0, file_bytes: 0 },
    steps: [],
    ...report,
  };
}

const health: PushedModule = {
  module: "Elixir.RemoteHealth",
  bytes: 1234,
  md5: "0123456789abcdef0123456789abcdef",
  needed_by: "Elixir.Fleet",
  reason: { type: "imports", functions: ["check/0"] },
  elixir: null,
};

const assertion: ErrorReport = {
  code: "ASSERTION_FAILED",
  message: "only 12 MB",
  hint: null,
  expected: "true",
  actual: "false",
};

const exception: ErrorReport = {
  code: "REMOTE_EXCEPTION",
  message: "RemoteHealth.check/0 raised an error\non the host",
  hint: "Look at the function where the stack trace begins",
  class: "error",
  reason: '%RuntimeError{message: "disk is gone"}',
  stacktrace: ["RemoteHealth.check/0 (lib/remote_health.ex:12)", ":timer.tc/2 (timer.erl:235)"],
};

const refused: ErrorReport = {
  code: "SSH_CONNECT_FAILED",
  message: "Cannot connect to web4:22: connection refused",
  hint: "Check that sshd runs on the host",
};

const ship = stepReport({
  name: "Ship the health check",
  kind: "push",
  status: "changed",
  duration_ms: 48.2,
  pushed: [health],
  file: "playbooks/site.yml",
  line: 5,
});
const collect = stepReport({
  name: "Collect",
  kind: "run",
  status: "ok",
  duration_ms: 0.41,
  attempts: 3,
  result: new MapTerm([
    [atom("status"), binary("ok")],
    [atom("pids"), [1, 2n ** 70n]],
    [atom("raw"), Uint8Array.of(255, 0)],
    [atom("last"), tuple(atom("ok"), atom("nil"))],
  ]),
  output: "checking\ndone\n",
});
const flaky = stepReport({
  name: "Flaky",
  kind: "eval",
  status: "ignored",
  file: "playbooks/site.yml",
  line: 9,
  error: { code: "TIMEOUT", message: "Cannot finish the step: 10 s are over", hint: "Give it more time" },
});
const skipped = stepReport({
  name: "Only on staging",
  kind: "run",
  status: "skipped",
  duration_ms: 0,
  attempts: 0,
});
const tooSmall = stepReport({
  name: "Enough memory",
  kind: "assert",
  status: "failed",
  error: assertion,
  file: "playbooks/site.yml",
  line: 12,
});
const raised = stepReport({
  name: "Collect",
  kind: "run",
  status: "failed",
  duration_ms: 2345,
  output: "checking\nno disk\n",
  file: "playbooks/site.yml",
  line: 7,
  error: exception,
});
const late = stepReport({
  name: "Collect",
  kind: "run",
  status: "failed",
  error: { code: "CANCELLED", message: "The run was stopped", hint: null },
});

const hosts: Record<string, HostReport> = {
  web1: hostReport({
    status: "ok",
    pushed: { modules: 1, bytes: 1234, skipped: 2, files: 0, file_bytes: 0 },
    steps: [ship, collect, flaky, skipped],
  }),
  web2: hostReport({ status: "failed", runtime: { otp: "27", elixir: null }, steps: [tooSmall] }),
  web3: hostReport({ status: "failed", steps: [raised] }),
  web4: hostReport({ status: "unreachable", runtime: null, transport: null, error: refused }),
  web5: hostReport({ status: "skipped", runtime: null, transport: null }),
  web6: hostReport({ status: "cancelled", steps: [late] }),
  web7: hostReport({ status: "ok", steps: [stepReport({ name: "Collect", kind: "run", status: "ok" })] }),
};

const play = "Fleet health";

function started(host: string, step: string, index: number): UntimedEvent {
  return { type: "step_started", play, host, step, index };
}

function finished(host: string, index: number): UntimedEvent {
  const report = hosts[host]?.steps[index];
  if (report === undefined) throw new RangeError(`${host} has no step ${index}`);
  return { type: "step_finished", play, host, step: report.name, index, status: report.status, report };
}

function ended(host: string): UntimedEvent {
  const report = hosts[host];
  if (report === undefined) throw new RangeError(`there is no ${host}`);
  return { type: "host_finished", play, host, status: report.status, report };
}

/** The report of {@linkcode sampleEvents}. */
export const sampleReport: Report = {
  version: 1,
  status: "cancelled",
  exit_code: 130,
  started_at: new Date(START).toISOString(),
  duration_ms: 4321,
  plays: [{ name: play, file: "playbooks/site.yml", line: 1, hosts }],
};

/** A run in which every type of event, every status of a step and every status of a host occurs. */
export const sampleEvents: readonly RunEvent[] = timed([
  { type: "run_started", playbooks: ["site.yml"] },
  { type: "play_started", play, hosts: Object.keys(hosts) },
  { type: "host_connecting", play, host: "web1", phase: "connect" },
  { type: "host_connecting", play, host: "web4", phase: "connect" },
  { type: "host_connecting", play, host: "web1", phase: "boot" },
  ended("web5"),
  ended("web4"),
  { type: "host_connected", play, host: "web1", otp: "25", elixir: "1.14.0", transport: "tunnels" },
  { type: "host_connected", play, host: "web2", otp: "27", elixir: null, transport: "stdio" },
  started("web1", "Ship the health check", 0),
  { type: "module_pushed", play, host: "web1", step: "Ship the health check", ...health },
  finished("web1", 0),
  started("web1", "Collect", 1),
  started("web2", "Enough memory", 0),
  finished("web2", 0),
  ended("web2"),
  { type: "step_output", play, host: "web1", step: "Collect", text: "check" },
  started("web3", "Collect", 0),
  { type: "step_output", play, host: "web3", step: "Collect", text: "checking\nno " },
  { type: "step_output", play, host: "web1", step: "Collect", text: "ing\ndone" },
  { type: "step_output", play, host: "web1", step: null, text: "=INFO REPORT====\n" },
  { type: "step_retried", play, host: "web1", step: "Collect", attempt: 2 },
  { type: "step_retried", play, host: "web1", step: "Collect", attempt: 3 },
  { type: "step_output", play, host: "web3", step: "Collect", text: "disk\n" },
  finished("web3", 0),
  ended("web3"),
  finished("web1", 1),
  started("web1", "Flaky", 2),
  finished("web1", 2),
  finished("web1", 3),
  ended("web1"),
  started("web7", "Collect", 0),
  finished("web7", 0),
  ended("web7"),
  started("web6", "Collect", 0),
  finished("web6", 0),
  ended("web6"),
  { type: "run_finished", status: "cancelled", exit_code: 130, report: sampleReport },
]);
