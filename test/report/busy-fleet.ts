import type { HostReport } from "../../src/engine/report.ts";
import type { RunEvent } from "../../src/engine/run-event.ts";
import { atom, binary, MapTerm } from "../../src/etf/term.ts";
import { hostReport, sampleReport, stepReport, type UntimedEvent } from "./sample-run.ts";

const play = "Fleet health";
const STEPS = 10;
const PHASES = ["connect", "authenticate", "tunnel", "runtime", "boot", "handshake"] as const;
const START = Date.UTC(2026, 0, 2, 3, 4, 5);

/** An event, and when it comes, in milliseconds after the first one. */
export interface TimedEvent {
  readonly ms: number;
  readonly event: RunEvent;
}

/**
 * What happens in a run of so many hosts that are all at work at the same time, each at its own pace: connecting, ten
 * steps that ship, print and give something, and an end; 1 of 50 fails.
 *
 * @param duration of the whole run, in milliseconds
 */
export function busyFleet(count: number, duration: number): TimedEvent[] {
  const names = Array.from({ length: count }, (_, index) => `web${String(index + 1).padStart(3, "0")}`);
  const random = randomNumbers(1);
  const hosts = new Map<string, HostReport>();
  const timed: { ms: number; event: UntimedEvent }[] = names.flatMap((host, index) => {
    const { events, report } = eventsOf(host, index);
    hosts.set(host, report);
    const pace = duration * (0.6 + 0.4 * random());
    // Events of a host keep their order, at times of their own.
    const times = events.map(() => random() * pace).toSorted((one, other) => one - other);
    return events.map((event, at) => ({ ms: times[at] ?? 0, event }));
  });
  const report = {
    ...sampleReport,
    duration_ms: duration,
    plays: [{ name: play, hosts: Object.fromEntries(hosts) }],
  };
  const all: { ms: number; event: UntimedEvent }[] = [
    { ms: 0, event: { type: "run_started", playbooks: ["site.yml"] } },
    { ms: 0, event: { type: "play_started", play, hosts: names, steps: STEPS } },
    ...timed.toSorted((one, other) => one.ms - other.ms),
    { ms: duration, event: { type: "run_finished", status: "failed", exit_code: 2, report } },
  ];
  return all.map(({ ms, event }) => ({
    ms,
    event: { ...event, at: new Date(START + ms).toISOString() } as RunEvent,
  }));
}

function eventsOf(host: string, index: number): { events: UntimedEvent[]; report: HostReport } {
  const steps = Array.from({ length: STEPS }, (_, step) => stepOf(index, step)).slice(
    0,
    index % 50 === 7 ? STEPS - 2 : STEPS,
  );
  const status = steps.length < STEPS ? "failed" : "ok";
  const error = { code: "REMOTE_EXCEPTION", message: `m:f/0 raised badarg on ${host}`, hint: null } as const;
  const last = stepReport({ name: `Step ${STEPS - 1}`, kind: "run", status: "failed", error });
  const report = hostReport({ status, steps: status === "failed" ? [...steps, last] : steps });
  const events: UntimedEvent[] = [
    ...PHASES.map((phase): UntimedEvent => ({ type: "host_connecting", play, host, phase })),
    { type: "host_connected", play, host, otp: "25", elixir: "1.14.0", transport: "tunnels" },
    ...report.steps.flatMap((step, at): UntimedEvent[] => [
      { type: "step_started", play, host, step: step.name, index: at },
      { type: "step_output", play, host, step: step.name, text: `line of ${host}\nand half ` },
      { type: "step_output", play, host, step: step.name, text: "of another one\n" },
      { type: "step_finished", play, host, step: step.name, index: at, status: step.status, report: step },
    ]),
    { type: "host_finished", play, host, status, report },
  ];
  return { events, report };
}

function stepOf(index: number, step: number): HostReport["steps"][number] {
  const result = new MapTerm([
    [atom("status"), binary(index % 40 === step ? "degraded" : "ok")],
    [atom("kernel"), binary("6.1.0-37-amd64")],
    [atom("memory_mb"), 512],
    [atom("disks"), ["/", "/home", "/srv"].map(binary)],
  ]);
  return stepReport({
    name: `Step ${step}`,
    kind: "run",
    status: step % 4 === 1 ? "changed" : "ok",
    duration_ms: 100 + index,
    result,
    output: `line of ${index}\nand half of another one\n`,
  });
}

/** The same numbers from 0 to 1 each time: a linear congruential generator. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
