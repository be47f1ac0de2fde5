import { expect, test } from "vitest";
import { renderLine } from "../../src/report/line.ts";
import { screenLines } from "../../src/report/live-screen.ts";
import { LiveState } from "../../src/report/live-state.ts";
import { hostReport, stepReport, timed, type UntimedEvent } from "./sample-run.ts";

const play = "Deploy";

function stateAfter(events: readonly (readonly [now: number, event: UntimedEvent])[]): LiveState {
  const state = new LiveState();
  for (const [now, event] of events) for (const timedEvent of timed([event])) state.apply(timedEvent, now);
  return state;
}

function screen(state: LiveState, now: number): string[] {
  if (state.play === undefined) return [];
  const lines = screenLines(state.play, { rows: 24, now });
  return lines.map((line) => renderLine(line, { color: false, unicode: true }));
}

test("screenLines() lines up clocks and cuts long names of hosts", () => {
  const state = stateAfter([
    [0, { type: "play_started", play, hosts: ["a", "b", "c", "d"] }],
    [
      0,
      {
        type: "step_started",
        play,
        host: "ip-10-1-2-3.eu-central-1.compute.internal",
        step: "Long",
        index: 0,
      },
    ],
    [3_600_000 - 725_000, { type: "step_started", play, host: "web2", step: "Shorter", index: 0 }],
    [3_600_000 - 999, { type: "host_connecting", play, host: "web3", phase: "tunnel" }],
  ]);
  expect(screen(state, 3_600_000)).toEqual([
    "0/4 hosts  3 running  1:00:00  Deploy",
    "  ip-10-1-2-3.eu-central-1.comp…  1:00:00  Long",
    "  web2                            12:05  Shorter",
    "  web3                                   connecting: tunnel",
  ]);
});

function started(host: string, step: string): UntimedEvent {
  return { type: "step_started", play, host, step, index: 0 };
}

function finished(host: string): UntimedEvent {
  const report = stepReport({ name: "A", kind: "run", status: "ok" });
  return { type: "step_finished", play, host, step: "A", index: 0, status: "ok", report };
}

test("screenLines() draws hosts together that are at the same, those first that wait for the longest", () => {
  const hosts = ["web1", "web2", "web3", "db1"];
  const state = stateAfter([
    [0, { type: "play_started", play, hosts }],
    [1000, started("web2", "A")],
    [2000, started("db1", "B")],
    [4000, started("web1", "A")],
    [4500, started("web3", "A")],
  ]);
  expect(screen(state, 9000)).toEqual([
    "0/4 hosts  4 running  0:09  Deploy",
    "  web[1-3]   0:08  A  3 hosts, web2 the longest",
    "  db1        0:07  B",
  ]);
});

test("screenLines() folds what does not fit of more groups than there are rows", () => {
  const hosts = Array.from({ length: 40 }, (_, index) => `web${index + 10}`);
  const state = stateAfter([
    [0, { type: "play_started", play, hosts }],
    ...hosts.map((host, index) => [index, started(host, `Step ${index % 20}`)] as const),
  ]);
  const lines = screen(state, 100);
  expect(lines).toHaveLength(17);
  expect(lines[1]).toBe("  web[10,30]         Step 0  2 hosts");
  expect(lines.at(-1)).toBe("  … 10 more: 2 Step 15, 2 Step 16, 2 Step 17, …");
});

test("screenLines() tells how far the play is, how long it may still take, and whom it waits for", () => {
  const hosts = ["web1", "web2"];
  const state = stateAfter([
    [0, { type: "play_started", play, hosts, steps: 4 }],
    [0, started("web1", "A")],
    [0, started("web2", "A")],
    [9000, finished("web1")],
    [10_000, started("web1", "B")],
  ]);
  expect(screen(state, 10_000)[0]).toBe("0/2 hosts  2 running  12%  0:10, about 1:10 left  Deploy");
  for (const event of timed([
    { type: "host_finished", play, host: "web1", status: "ok", report: hostReport({ status: "ok" }) },
  ]))
    state.apply(event, 15_000);
  expect(screen(state, 20_000)).toEqual([
    "1/2 hosts  1 ok  waiting for web2  50%  0:20, about 0:20 left  Deploy",
    "  web2   0:20  A",
  ]);
});

test("screenLines() counts every outcome", () => {
  const ended = (
    status: "ok" | "failed" | "unreachable" | "skipped" | "cancelled",
  ): readonly [number, UntimedEvent] => [
    1000,
    { type: "host_finished", play, host: status, status, report: hostReport({ status }) },
  ];
  const state = stateAfter([
    [0, { type: "play_started", play, hosts: ["1", "2", "3", "4", "5", "6"] }],
    ended("ok"),
    ended("ok"),
    ended("failed"),
    ended("unreachable"),
    ended("skipped"),
    ended("cancelled"),
  ]);
  expect(screen(state, 2000)).toEqual([
    "6/6 hosts  2 ok  1 failed  1 unreachable  1 skipped  1 cancelled  0:02  Deploy",
  ]);
});

test("LiveState keeps the time of connecting through its phases, and begins anew with each step", () => {
  const state = stateAfter([
    [0, { type: "play_started", play, hosts: ["web1"] }],
    [1000, { type: "host_connecting", play, host: "web1", phase: "connect" }],
    [2000, { type: "host_connecting", play, host: "web1", phase: "boot" }],
  ]);
  expect(state.play?.running.get("web1")).toEqual({
    activity: { type: "connecting", phase: "boot" },
    since: 1000,
    done: 0,
  });
  for (const event of timed([{ type: "step_started", play, host: "web1", step: "a", index: 0 }]))
    state.apply(event, 5000);
  for (const event of timed([{ type: "step_retried", play, host: "web1", step: "a", attempt: 2 }]))
    state.apply(event, 6000);
  expect(state.play?.running.get("web1")).toEqual({
    activity: { type: "step", step: { name: "a" }, attempt: 2 },
    since: 5000,
    done: 0,
  });
});

test("LiveState starts anew with each play", () => {
  const state = stateAfter([
    [0, { type: "play_started", play: "One", hosts: ["web1"] }],
    [
      0,
      {
        type: "host_finished",
        play: "One",
        host: "web1",
        status: "ok",
        report: hostReport({ status: "ok" }),
      },
    ],
    [9000, { type: "play_started", play: "Two", hosts: ["web1", "web2"] }],
  ]);
  expect(screen(state, 9000)).toEqual(["0/2 hosts  0:00  Two"]);
});
