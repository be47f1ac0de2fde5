import { expect, test } from "vitest";
import type { ErrorReport } from "../../src/engine/report.ts";
import { failureLines } from "../../src/report/failure-lines.ts";
import { renderLine } from "../../src/report/line.ts";

function text(error: ErrorReport): string[] {
  return failureLines(error).map((line) => renderLine(line, { color: false, unicode: true }));
}

test("failureLines() writes code, message, exception, stack trace and hint", () => {
  expect(
    text({
      code: "REMOTE_EXCEPTION",
      message: "m:f/0 exited",
      hint: "Look\nthere",
      class: "exit",
      reason: "{shutdown,\n bad}",
      stacktrace: ["m:f/0 (m.erl:3)"],
    }),
  ).toEqual([
    "REMOTE_EXCEPTION: m:f/0 exited",
    "Reason (exit): {shutdown,",
    "   bad}",
    "  at m:f/0 (m.erl:3)",
    "Hint: Look",
    "there",
  ]);
});

test("failureLines() does not say twice what the message says", () => {
  const error: ErrorReport = {
    code: "REMOTE_EXCEPTION",
    message: "m:f/0 exited with {shutdown,bad}",
    hint: null,
    class: "exit",
    reason: "{shutdown,bad}",
  };
  expect(text(error)).toEqual(["REMOTE_EXCEPTION: m:f/0 exited with {shutdown,bad}"]);
});

test("failureLines() cuts what a host sends without an end", () => {
  const huge = "x".repeat(1_000_000);
  const lines = text({
    code: "ASSERTION_FAILED",
    message: huge,
    hint: null,
    expected: huge,
    actual: huge,
  });
  expect(lines.join("\n").length).toBeLessThan(15_100);
});
