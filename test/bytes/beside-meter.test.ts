import { expect, test } from "vitest";
import { BesideMeter } from "../../src/bytes/beside-meter.ts";
import { TrafficMeter } from "../../src/bytes/traffic-meter.ts";

test("BesideMeter keeps messages apart until they join, and counts no waits before its end", async () => {
  const meter = new TrafficMeter();
  const beside = new BesideMeter(meter);
  const goesOn = async (): Promise<void> => {
    beside.asked();
    await beside.wait(Promise.resolve());
    beside.told();
  };
  await goesOn();
  expect(meter.counts).toMatchObject({ round_trips: 0, messages_sent: 0, messages_received: 0 });
  beside.join();
  expect(meter.counts).toMatchObject({ round_trips: 0, messages_sent: 1, messages_received: 1 });
  await goesOn();
  expect(meter.counts).toMatchObject({ round_trips: 0, messages_sent: 2, messages_received: 2 });
  beside.end();
  await goesOn();
  expect(meter.counts).toMatchObject({ round_trips: 1, messages_sent: 3, messages_received: 3 });
});
