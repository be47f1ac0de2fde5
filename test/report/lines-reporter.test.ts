import { expect, test } from "vitest";
import type { ErrorReport } from "../../src/engine/report.ts";
import type { RunEvent } from "../../src/engine/run-event.ts";
import { atom, binary, tuple } from "../../src/etf/term.ts";
import { linesReporter, type LinesReporterOptions } from "../../src/report/lines-reporter.ts";
import { CollectedStream } from "./collected-stream.ts";
import { hostReport, sampleEvents, sampleReport, stepReport, timed } from "./sample-run.ts";

const plain = { color: false, unicode: true };

async function written(
  events: readonly RunEvent[],
  options: Omit<LinesReporterOptions, "stream"> = { format: plain },
): Promise<string> {
  const stream = new CollectedStream();
  const reporter = linesReporter({ stream, ...options });
  for (const event of events) reporter.onEvent(event);
  await reporter.end();
  return stream.text;
}

test("linesReporter() writes a line for each finished step and host, failures in full, and the recap", async () => {
  expect(await written(sampleEvents)).toMatchInlineSnapshot(`
    "PLAY Fleet health (7 hosts)
    skipped     web5 | host skipped
    unreachable web4 | host unreachable
                SSH_CONNECT_FAILED: Cannot connect to web4:22: connection refused
                Hint: Check that sshd runs on the host
    changed     web1 | Ship the health check (48 ms, pushed 1 module, 1.2 kB)
    failed      web2 | Enough memory (12 ms)
                ASSERTION_FAILED: only 12 MB
                Expected: true
                Actual: false
    failed      web2 | host failed after 1 step
    failed      web3 | Collect (2.3 s)
                REMOTE_EXCEPTION: RemoteHealth.check/0 raised an error
                on the host
                Reason (error): %RuntimeError{message: "disk is gone"}
                  at RemoteHealth.check/0 (lib/remote_health.ex:12)
                  at :timer.tc/2 (timer.erl:235)
                Hint: Look at the function where the stack trace begins
                Output:
                  | checking
                  | no disk
    failed      web3 | host failed after 1 step
    ok          web1 | Collect (0.4 ms, 3 attempts)
    ignored     web1 | Flaky (12 ms)
                TIMEOUT: Cannot finish the step: 10 s are over
                Hint: Give it more time
    skipped     web1 | Only on staging
    changed     web1 | host ok after 4 steps
    ok          web7 | Collect (12 ms)
    ok          web7 | host ok after 1 step
    failed      web6 | Collect (12 ms)
                CANCELLED: The run was stopped
    cancelled   web6 | host cancelled after 1 step

    RESULTS
      Collect
        web1  ok      %{last: {:ok, nil}, pids: [1, 1180591620717411303424], raw: <<255, 0>>, status: "ok"}
        web7  ok
        web3  failed  REMOTE_EXCEPTION: RemoteHealth.check/0 raised an error

    RECAP
      web1  ok=1 changed=1 failed=0 unreachable=0 skipped=1 ignored=1  pushed=1 (1.2 kB)  61 ms
      web2  ok=0 changed=0 failed=1 unreachable=0 skipped=0 ignored=0  pushed=0           12 ms
      web3  ok=0 changed=0 failed=1 unreachable=0 skipped=0 ignored=0  pushed=0           2.3 s
      web4  ok=0 changed=0 failed=0 unreachable=1 skipped=0 ignored=0  pushed=0           0 ms
      web5  ok=0 changed=0 failed=0 unreachable=0 skipped=0 ignored=0  pushed=0           0 ms
      web6  ok=0 changed=0 failed=0 unreachable=0 skipped=0 ignored=0  pushed=0           12 ms
      web7  ok=1 changed=0 failed=0 unreachable=0 skipped=0 ignored=0  pushed=0           12 ms
    7 hosts: 1 ok, 1 changed, 2 failed, 1 unreachable, 1 skipped, 1 cancelled; pushed 1 module (1.2 kB), 4.3 s, cancelled

    INTERRUPTED
      web6: Fleet health | Collect

    FAILURES
      web2: Fleet health | Enough memory
        ASSERTION_FAILED: only 12 MB
      web3: Fleet health | Collect
        REMOTE_EXCEPTION: RemoteHealth.check/0 raised an error
          on the host
          at RemoteHealth.check/0 (lib/remote_health.ex:12)
          at :timer.tc/2 (timer.erl:235)
        Hint: Look at the function where the stack trace begins
      web4: Fleet health
        SSH_CONNECT_FAILED: Cannot connect to web4:22: connection refused
        Hint: Check that sshd runs on the host
    "
  `);
});

test("linesReporter() adds connections, retries, outputs and results with -v", async () => {
  const [steps] = (await written(sampleEvents, { format: plain, verbosity: 1 })).split("\nRECAP");
  expect(steps).toMatchInlineSnapshot(`
    "PLAY Fleet health (7 hosts)
    skipped     web5 | host skipped
    unreachable web4 | host unreachable
                SSH_CONNECT_FAILED: Cannot connect to web4:22: connection refused
                Hint: Check that sshd runs on the host
    connected   web1 | OTP 25, Elixir 1.14.0
    connected   web2 | OTP 27, over stdio
    changed     web1 | Ship the health check (48 ms, pushed 1 module, 1.2 kB)
    failed      web2 | Enough memory (12 ms)
                ASSERTION_FAILED: only 12 MB
                Expected: true
                Actual: false
    failed      web2 | host failed after 1 step
    web3 | Collect | checking
    web1 | Collect | checking
    web1 | (node) | =INFO REPORT====
    retry       web1 | Collect | attempt 2
    retry       web1 | Collect | attempt 3
    web3 | Collect | no disk
    failed      web3 | Collect (2.3 s)
                REMOTE_EXCEPTION: RemoteHealth.check/0 raised an error
                on the host
                Reason (error): %RuntimeError{message: "disk is gone"}
                  at RemoteHealth.check/0 (lib/remote_health.ex:12)
                  at :timer.tc/2 (timer.erl:235)
                Hint: Look at the function where the stack trace begins
    failed      web3 | host failed after 1 step
    web1 | Collect | done
    ok          web1 | Collect (0.4 ms, 3 attempts)
                Result: %{last: {:ok, nil}, pids: [1, 1180591620717411303424], raw: <<255, 0>>, status: "ok"}
    ignored     web1 | Flaky (12 ms)
                TIMEOUT: Cannot finish the step: 10 s are over
                Hint: Give it more time
    skipped     web1 | Only on staging
    changed     web1 | host ok after 4 steps
    ok          web7 | Collect (12 ms)
    ok          web7 | host ok after 1 step
    failed      web6 | Collect (12 ms)
                CANCELLED: The run was stopped
    cancelled   web6 | host cancelled after 1 step

    RESULTS
      Collect
        web1  ok      %{last: {:ok, nil}, pids: [1, 1180591620717411303424], raw: <<255, 0>>, status: "ok"}
        web7  ok
        web3  failed  REMOTE_EXCEPTION: RemoteHealth.check/0 raised an error
    "
  `);
});

test("linesReporter() colours what it writes without changing it", async () => {
  const text = await written(sampleEvents, { format: { color: true, unicode: true } });
  expect(text).toContain("\u001b[32mok\u001b[39m          web7 | Collect");
  // oxlint-disable-next-line no-control-regex -- escape sequences are what it is about
  expect(text.replace(/\u001b\[\d+m/g, "")).toBe(await written(sampleEvents));
});

test("linesReporter() writes ASCII only without UTF-8", async () => {
  const text = await written(sampleEvents, { format: { color: false, unicode: false }, verbosity: 1 });
  expect(text).toMatch(/^[\n -~]*$/);
});

test("linesReporter() lets no escape sequence of a host pass", async () => {
  const nasty = "\u001b[2J\u001b]0;title\u0007\u009b31mtext\r\u202e";
  const error = {
    code: "REMOTE_EXCEPTION",
    message: nasty,
    hint: nasty,
    class: "error",
    reason: `reason ${nasty}`,
    stacktrace: [nasty],
  } as const;
  const report = stepReport({
    name: nasty,
    kind: "run",
    status: "failed",
    output: nasty,
    error: { ...error, stacktrace: [nasty] },
  });
  const step = { play: nasty, host: nasty, step: nasty };
  const events = timed([
    { type: "play_started", play: nasty, hosts: [nasty] },
    { type: "step_output", ...step, text: `${nasty}\n` },
    { type: "step_finished", ...step, index: 0, status: "failed", report },
  ]);
  for (const verbosity of [0, 1]) {
    const text = await written(events, { format: plain, verbosity });
    expect(text).toContain("text");
    // oxlint-disable-next-line no-control-regex -- control characters are what it is about
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});

test("linesReporter() cuts a long result, and shows all of it with -vv", async () => {
  const result = Buffer.from("x".repeat(5000));
  const report = stepReport({ name: "Collect", kind: "run", status: "ok", result });
  const events = timed([
    { type: "step_finished", play: "p", host: "web1", step: "Collect", index: 0, status: "ok", report },
  ]);
  expect(await written(events)).not.toContain("xxx");
  expect((await written(events, { format: plain, verbosity: 1 })).length).toBeLessThan(2200);
  expect(await written(events, { format: plain, verbosity: 2 })).toContain("x".repeat(5000));
});

test.each([
  ["elixir", "{:ok, RemoteHealth}"],
  ["erlang", "{ok,'Elixir.RemoteHealth'}"],
] as const)("linesReporter() writes a result of %s code in its language", async (language, text) => {
  const result = tuple(atom("ok"), atom("Elixir.RemoteHealth"));
  const report = stepReport({ name: "Call", kind: "run", status: "ok", result, language });
  const events = timed([
    { type: "step_finished", play: "p", host: "web1", step: "Call", index: 0, status: "ok", report },
  ]);
  expect(await written(events, { format: plain, verbosity: 1 })).toContain(`Result: ${text}\n`);
});

test("linesReporter() keeps lines of hosts apart that print in pieces", async () => {
  const piece = (host: string, text: string) =>
    ({ type: "step_output", play: "p", host, step: "s", text }) as const;
  const events = timed([
    piece("a", "one "),
    piece("b", "eins "),
    piece("a", "two\nthree"),
    piece("b", "zwei\r\n"),
    {
      type: "step_finished",
      play: "p",
      host: "a",
      step: "s",
      index: 0,
      status: "ok",
      report: stepReport({ name: "s", kind: "run", status: "ok" }),
    },
  ]);
  const text = await written(events, { format: plain, verbosity: 1 });
  expect(text.split("\n").slice(0, 3)).toEqual(["a | s | one two", "b | s | eins zwei", "a | s | three"]);
});

test("linesReporter() shows a step that was rescued as such, with its error", async () => {
  const error = { code: "TIMEOUT", message: "too slow", hint: null } as const;
  const report = stepReport({ name: "A", kind: "run", status: "failed", rescued: true, error });
  const finished = { play: "P", host: "web1", step: "A", index: 0, status: report.status, report };
  expect(await written(timed([{ type: "step_finished", ...finished }]))).toMatchInlineSnapshot(`
    "rescued     web1 | A (12 ms)
                TIMEOUT: too slow
    "
  `);
});

test("linesReporter() writes nothing of a host that the runner of a workflow would take for a command", async () => {
  const command = "::set-output name=pwned::1";
  const error = {
    code: "REMOTE_EXCEPTION",
    message: `down\n${command}\n##[add-mask]ok`,
    hint: null,
    reason: `x\n${command}`,
    expected: `1\n${command}`,
    actual: `2\n${command}`,
    stacktrace: [command],
  } satisfies ErrorReport;
  const diff = binary(command);
  const step = {
    name: command,
    kind: "run",
    result: binary(command),
    output: `a\n  ${command}\n`,
    diff,
  } as const;
  const report = stepReport({ ...step, status: "failed", error });
  const host = hostReport({ status: "failed", steps: [report], error });
  const [play] = sampleReport.plays;
  if (play === undefined) throw new Error("The sample has no play");
  const whole = { ...sampleReport, plays: [{ ...play, hosts: { web1: host } }] };
  const events = timed([
    { type: "play_started", play: command, hosts: ["web1"] },
    { type: "step_output", play: "p", host: "web1", step: command, text: `${command}\n` },
    { type: "step_finished", play: "p", host: "web1", step: command, index: 0, status: "failed", report },
    { type: "host_finished", play: "p", host: "web1", status: "failed", report: host },
    { type: "run_finished", status: "failed", exit_code: 2, report: whole },
  ]);
  for (const verbosity of [0, 2]) {
    const options = { verbosity, diff: true };
    const bare = await written(events, { ...options, format: plain });
    expect(bare).toMatch(/^\s*::set-output/m);
    const text = await written(events, { ...options, format: { ...plain, takesCommands: true } });
    expect(text).not.toMatch(/^\s*::|##\[/m);
    expect(text).toContain(": :set-output name=pwned::1");
  }
});
