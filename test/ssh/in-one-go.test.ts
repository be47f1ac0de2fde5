import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { inOneGo } from "../../src/ssh/in-one-go.ts";

/** Notes what is written to it, call by call. */
function noted(): { stream: Duplex; calls: string[] } {
  const calls: string[] = [];
  const stream = new Duplex({
    read() {},
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(" "));
      done();
    },
  });
  return { stream: inOneGo(stream), calls };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("inOneGo() writes once a turn, promises that are settled in it included", async () => {
  const { stream, calls } = noted();
  stream.write("a");
  void Promise.resolve().then(() => stream.write("b"));
  expect(calls).toEqual([]);
  await turn();
  stream.write("c");
  await turn();
  expect(calls).toEqual(["a b", "c"]);
});

test("inOneGo() does not wait for the end of the turn once there is much", async () => {
  const { stream, calls } = noted();
  const half = "x".repeat(1100);
  stream.write(half);
  expect(calls).toEqual([]);
  stream.write(half);
  stream.write("a");
  expect(calls).toEqual([`${half} ${half}`]);
  stream.write("b");
  await turn();
  expect(calls).toEqual([`${half} ${half}`, "a b"]);
});

test("inOneGo() loses nothing, when the stream is ended in the turn of a write", async () => {
  const { stream, calls } = noted();
  stream.write("a");
  stream.end("b");
  await turn();
  expect(calls.join(" ")).toBe("a b");
});
