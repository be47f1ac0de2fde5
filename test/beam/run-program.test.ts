import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "../../src/beam/run-program.ts";
import { written } from "./programs.ts";

test("runProgram() ends a program that does not end, and one whose run is stopped", async () => {
  const sleeper = written({ "sleeper.sh": "#!/bin/sh\nexec sleep 60\n" });
  const program = join(sleeper, "sleeper.sh");
  chmodSync(program, 0o755);
  const never = new AbortController().signal;
  await expect(runProgram(program, [], { signal: never, timeoutMs: 100 })).rejects.toMatchObject({
    code: "TIMEOUT",
    message: expect.stringContaining("within 0.1 s") as string,
  });
  await expect(
    runProgram(program, [], { signal: AbortSignal.timeout(50), timeoutMs: 60_000 }),
  ).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(runProgram(program, [], { signal: AbortSignal.abort(), timeoutMs: 1 })).rejects.toMatchObject({
    code: "CANCELLED",
  });
});

test("runProgram() gives both outputs of a program, up to a limit", async () => {
  const never = new AbortController().signal;
  const said = await runProgram("sh", ["-c", "echo out; echo err >&2; exit 3"], {
    signal: never,
    timeoutMs: 10_000,
  });
  expect(said.exitCode).toBe(3);
  expect(said.output.split("\n").sort()).toEqual(["", "err", "out"]);
  const flood = await runProgram("sh", ["-c", "yes | head -c 3000000"], { signal: never, timeoutMs: 10_000 });
  expect(flood.output.length).toBe(256 * 1024);
});
