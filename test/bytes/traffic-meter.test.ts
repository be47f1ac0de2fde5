import { expect, test } from "vitest";
import { TrafficMeter } from "../../src/bytes/traffic-meter.ts";

function roundTrips(work: (meter: TrafficMeter) => void): number {
  const meter = new TrafficMeter();
  work(meter);
  return meter.counts.round_trips;
}

function answered(meter: TrafficMeter): void {
  meter.asked();
  meter.begin();
  meter.end();
}

test("begin() counts a round trip for each answer that is waited for after the one before", () => {
  expect(
    roundTrips((meter) => {
      answered(meter);
      answered(meter);
    }),
  ).toBe(2);
});

test("begin() counts answers once that are waited for at the same time", () => {
  expect(
    roundTrips((meter) => {
      meter.asked();
      meter.begin();
      meter.asked();
      meter.begin();
      meter.end();
      answered(meter);
      meter.end();
      answered(meter);
    }),
  ).toBe(2);
});

test("begin() counts nothing where nobody has asked since the last answer", () => {
  expect(
    roundTrips((meter) => {
      meter.begin();
      meter.end();
      answered(meter);
      meter.begin();
      meter.end();
    }),
  ).toBe(1);
});

test("again() counts an answer that is waited for because of another one", () => {
  expect(
    roundTrips((meter) => {
      meter.asked();
      meter.begin();
      meter.again();
      meter.end();
    }),
  ).toBe(2);
});

test("wait() ends when the answer fails, and counts gives all that was counted", async () => {
  const meter = new TrafficMeter();
  meter.asked();
  await expect(meter.wait(Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  answered(meter);
  meter.told();
  meter.sent(10);
  meter.received(7);
  meter.add(3);
  expect(meter.counts).toEqual({
    round_trips: 5,
    messages_sent: 2,
    messages_received: 1,
    bytes_sent: 10,
    bytes_received: 7,
  });
});
