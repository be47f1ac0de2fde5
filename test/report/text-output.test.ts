import { PassThrough } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { TextOutput } from "../../src/report/text-output.ts";

function outputTo(chunks: string[]): TextOutput {
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  return new TextOutput(stream);
}

test("TextOutput writes the lines of some milliseconds at once, and none waits longer", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const chunks: string[] = [];
  const output = outputTo(chunks);
  output.writeLine("a");
  vi.advanceTimersByTime(9);
  output.writeLine("b");
  await nextTurn();
  expect(chunks).toEqual([]);
  vi.advanceTimersByTime(1);
  await nextTurn();
  expect(chunks).toEqual(["a\nb\n"]);
});

test("TextOutput keeps the order of lines and other text", async () => {
  const chunks: string[] = [];
  const output = outputTo(chunks);
  output.writeLine("a");
  output.write("b");
  output.writeLine("c");
  await output.flush();
  expect(chunks.join("")).toBe("a\nbc\n");
});

test("TextOutput keeps no more lines than a text of some size", () => {
  const chunks: string[] = [];
  const output = outputTo(chunks);
  for (let line = 0; line < 100; line++) output.writeLine("x".repeat(1000));
  expect(chunks.join("").length).toBeGreaterThan(64_000);
});
