import { expect, test } from "vitest";
import { Lease, type Clocks } from "../../src/sessions/lease.ts";

interface TestClocks extends Clocks {
  /** Time goes on. */
  pass(ms: number): void;
  /** It goes on while the machine sleeps. */
  sleep(ms: number): void;
  /** Somebody sets the time of day. */
  set(ms: number): void;
}

function clocks(): TestClocks {
  let wall = 1_800_000_000_000;
  let awake = 5000;
  return {
    wall: () => wall,
    awake: () => awake,
    pass: (ms) => {
      wall += ms;
      awake += ms;
    },
    sleep: (ms) => void (wall += ms),
    set: (ms) => void (wall = ms),
  };
}

test("a lease is over after its time", () => {
  const time = clocks();
  const lease = new Lease(1000, time);
  expect([lease.isOver, lease.leftMs]).toEqual([false, 1000]);
  time.pass(999);
  expect([lease.isOver, lease.leftMs]).toEqual([false, 1]);
  time.pass(1);
  expect([lease.isOver, lease.leftMs]).toEqual([true, 0]);
});

test("a lease counts the time that a machine sleeps", () => {
  const time = clocks();
  const lease = new Lease(600_000, time);
  time.pass(1000);
  time.sleep(598_000);
  expect(lease.leftMs).toBe(1000);
  time.sleep(3_600_000);
  expect(lease.isOver).toBe(true);
});

test("a time of day that is set back prolongs no lease", () => {
  const time = clocks();
  const lease = new Lease(600_000, time);
  time.set(0);
  expect(lease.leftMs).toBe(600_000);
  time.pass(600_000);
  expect(lease.isOver).toBe(true);
});

test("a time of day that is set forward ends a lease before its time", () => {
  const time = clocks();
  const lease = new Lease(600_000, time);
  time.set(2_000_000_000_000);
  expect(lease.isOver).toBe(true);
});
