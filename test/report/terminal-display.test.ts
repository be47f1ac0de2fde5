// What the display costs, counted and not timed: bench/display.bench.ts measures it.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RunEvent } from "../../src/engine/run-event.ts";
import { screenLines } from "../../src/report/live-screen.ts";
import type { LivePlay, RunningHost } from "../../src/report/live-state.ts";
import { TerminalDisplay, type TerminalDisplayOptions } from "../../src/report/terminal-display.ts";
import { busyFleet } from "./busy-fleet.ts";
import { CollectedStream } from "./collected-stream.ts";

const SECONDS = 20;
const [ROWS, COLUMNS] = [50, 200];

/** A terminal that counts what is written to it. */
class CountedTerminal extends CollectedStream {
  readonly rows = ROWS;
  readonly columns = COLUMNS;
  /** Never written to: the display gives the cursor back through it when the process ends. */
  readonly fd = -1;
  writes = 0;

  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
    this.writes += 1;
    super._write(chunk, encoding, done);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Plays events on a clock that stands still between them, up to `seconds`. */
function played(
  events: readonly { readonly ms: number; readonly event: RunEvent }[],
  seconds: number,
  options: Partial<TerminalDisplayOptions> = {},
): CountedTerminal {
  let now = 0;
  const terminal = new CountedTerminal();
  const display = new TerminalDisplay({
    stream: terminal as unknown as TerminalDisplayOptions["stream"],
    format: { color: true, unicode: true },
    verbosity: 0,
    diff: false,
    profile: false,
    now: () => now,
    ...options,
  });
  display.open();
  const left = [...events];
  for (; now <= seconds * 1000; now += 100) {
    while (left[0] !== undefined && left[0].ms <= now) {
      const [next] = left.splice(0, 1);
      if (next !== undefined) display.onEvent(next.event);
    }
    vi.advanceTimersByTime(100);
  }
  display.close();
  return terminal;
}

test("TerminalDisplay draws ten times a second at most, however many events 500 hosts make", () => {
  const events = busyFleet(500, SECONDS * 1000);
  expect(events.length).toBeGreaterThan(20_000);
  for (const verbosity of [0, 1]) {
    const terminal = played(events, SECONDS, { verbosity });
    // Besides the drawings, the cursor is hidden and given back.
    expect(terminal.writes).toBeLessThanOrEqual(SECONDS * 10 + 5);
    expect(terminal.writes).toBeGreaterThan(SECONDS);
    expect(terminal.text).toContain("RECAP");
  }
});

test("TerminalDisplay writes no more at a time than a screen holds, besides lines that stay", () => {
  const events = busyFleet(500, SECONDS * 1000).filter(
    ({ event }) => event.type !== "run_finished" && event.type !== "host_finished",
  );
  const terminal = played(events, SECONDS);
  const drawings = terminal.text.split("\u001b[J\r");
  expect(drawings.length).toBeGreaterThan(SECONDS);
  for (const drawing of drawings.slice(0, -2)) {
    if (!drawing.includes("failed")) expect(drawing.split("\n").length).toBeLessThanOrEqual(ROWS);
  }
  expect(terminal.text.length / events.length).toBeLessThan(50);
});

test("TerminalDisplay draws once a second where nothing happens but time", () => {
  const events = busyFleet(500, 1000).filter(({ ms, event }) => ms < 500 && event.type !== "run_finished");
  const { writes } = played(events, 61);
  expect(writes).toBeGreaterThanOrEqual(60);
  // And at most ten times in the second in which something happened.
  expect(writes).toBeLessThanOrEqual(60 + 15);
});

test("screenLines() looks at each running host twice at most", () => {
  const running = new CountingMap<string, RunningHost>(
    Array.from({ length: 500 }, (_, index) => [
      `web${index}`,
      { activity: { type: "step", step: { name: `Step ${index % 40}` }, attempt: 1 }, since: index, done: 1 },
    ]),
  );
  const outcomes = { ok: 1, changed: 0, failed: 0, unreachable: 0, skipped: 0, cancelled: 0 };
  const play: LivePlay = { name: "Play", total: 501, startedAt: 0, steps: 4, running, outcomes };
  running.looks = 0;
  expect(screenLines(play, { rows: ROWS, now: 10_000 }).length).toBeGreaterThan(10);
  expect(running.looks).toBeGreaterThanOrEqual(500);
  expect(running.looks).toBeLessThanOrEqual(1001);
});

/** Counts the entries that are read. */
class CountingMap<Key, Value> extends Map<Key, Value> {
  looks = 0;

  override *entries(): MapIterator<[Key, Value]> {
    for (const entry of super.entries()) {
      this.looks += 1;
      yield entry;
    }
  }

  override [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries();
  }

  override *keys(): MapIterator<Key> {
    for (const [key] of this.entries()) yield key;
  }

  override *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
  }
}
