import { expect, test } from "vitest";
import { WindowedStream, type StreamFrame } from "../../src/bytes/windowed-stream.ts";
import { ServedCommand } from "../../src/ssh/served-command.ts";

test("join() gives what the command has said on standard error before anybody was there", () => {
  const frames: StreamFrame[] = [];
  const stream = (id: number): WindowedStream =>
    new WindowedStream({
      id,
      windowBytes: 1024,
      maxDataBytes: 1024,
      send: (frame) => void frames.push(frame),
      queuedBytes: () => 0,
      onOver: () => {},
    });
  const command = new ServedCommand({
    stdio: {
      listen: () => {},
      write: () => {},
      queuedBytes: 0,
      pause: () => {},
      resume: () => {},
      close: () => {},
    },
    // What was said is told as soon as somebody listens.
    onStderr: (listener) => listener(Buffer.from("Password: ")),
    exited: new Promise(() => {}),
  });

  command.join(stream(4), stream(5));
  expect(frames).toEqual([{ type: "data", id: 5, data: Buffer.from("Password: ") }]);
  command.cut();
  command.join(stream(8), stream(9));
  expect(frames).toHaveLength(1);
});
