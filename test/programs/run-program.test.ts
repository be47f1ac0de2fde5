import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runProgram, type ProgramResult, type RunProgramOptions } from "../../src/programs/run-program.ts";
import { processesWith } from "../lab/processes.ts";

function shell(script: string, options: Partial<RunProgramOptions> = {}): Promise<ProgramResult> {
  return runProgram("/bin/sh", ["-c", script], {
    workingDirectory: tmpdir(),
    timeoutMs: 60_000,
    maxOutputBytes: 1_000_000,
    ...options,
  });
}

test("runProgram() gives output, errors and exit code, when the program ends", async () => {
  const result = await shell("pwd; echo wrong >&2; exit 3");
  expect(result).toMatchObject({ type: "ended", exitCode: 3, errors: "wrong\n" });
  expect(Buffer.from((result as { output: Uint8Array }).output).toString()).toBe(`${tmpdir()}\n`);
});

test("runProgram() gives the program no input", async () => {
  expect(await shell("cat; echo end")).toMatchObject({ type: "ended", output: Buffer.from("end\n") });
});

test("runProgram() keeps the end of standard error, when there is much of it", async () => {
  const result = await shell("yes line | head -c 1000000 >&2; echo last >&2");
  const { errors } = result as { errors: string };
  expect(errors.length).toBeLessThanOrEqual(16 * 1024);
  expect(errors.endsWith("last\n")).toBe(true);
});

test("runProgram() ends a program with all it has started, when it takes too long", async () => {
  // Nobody else sleeps for this time.
  const time = `300.${process.pid}`;
  const script = `echo waiting >&2; sleep ${time} & sleep ${time}; wait`;
  expect(await shell(script, { timeoutMs: 5000 })).toEqual({ type: "timed_out", errors: "waiting\n" });
  await expect.poll(() => processesWith(time), { timeout: 30_000 }).toEqual([]);
});

test("runProgram() ends a program, when it prints too much", async () => {
  expect(await shell("yes", { maxOutputBytes: 100_000 })).toEqual({ type: "too_much_output" });
});

test("runProgram() ends a program, when it is told to stop", async () => {
  const controller = new AbortController();
  const running = shell("sleep 300", { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  await expect(shell("true", { signal: controller.signal })).rejects.toThrow("enough");
});

test("runProgram() says why, when a program is killed or cannot be started", async () => {
  expect(await shell("kill -TERM $$")).toEqual({ type: "killed", signal: "SIGTERM", errors: "" });
  const folder = mkdtempSync(join(tmpdir(), "fusion-play-program-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "program"), "#!/no/such/interpreter\n");
  const options = { workingDirectory: folder, timeoutMs: 60_000, maxOutputBytes: 1000 };
  expect(await runProgram(join(folder, "program"), [], options)).toMatchObject({
    type: "not_started",
    cause: { code: "EACCES" },
  });
  chmodSync(join(folder, "program"), 0o755);
  expect(await runProgram(join(folder, "program"), [], options)).toMatchObject({
    type: "not_started",
    cause: { code: "ENOENT" },
  });
});
