import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { PseudoTerminal } from "./pseudo-terminal.ts";

test("liveReporter() shows the running hosts at 80×24, failures above, and the recap at the end", async () => {
  await using terminal = new PseudoTerminal(["small"]);
  await terminal.waitFor("connecting: connect");
  expect(terminal.screen).toMatchInlineSnapshot(`
    "0/5 hosts  4 running  0:00  Fleet health
      web[1-2], db1, 日本語         connecting: connect  4 hosts"
  `);
  expect(terminal.cursorVisible).toBe(false);
  terminal.next();
  await terminal.waitFor("0:02  Fleet");
  expect(terminal.screen).toMatchInlineSnapshot(`
    "unreachable db1 | host unreachable
                SSH_CONNECT_FAILED: Cannot connect to web4:22: connection refused
                Hint: Check that sshd runs on the host
    1/5 hosts  1 unreachable  3 running  0:02  Fleet health
      web1     0:02  connecting: boot
      web2           connected
      日本語         Collect"
  `);
  terminal.next();
  await terminal.waitFor("1:05  Fleet");
  expect(terminal.screen).toMatchInlineSnapshot(`
    "unreachable db1 | host unreachable
                SSH_CONNECT_FAILED: Cannot connect to web4:22: connection refused
                Hint: Check that sshd runs on the host
    1/5 hosts  1 unreachable  3 running  1:05  Fleet health
      日本語   1:02  Collect
      web1           A step with a name that is far too long for a terminal of eig…
      web2           Collect (attempt 3)"
  `);
  terminal.next();
  await terminal.waitFor("1:10  Fleet");
  expect(terminal.screen).toMatchInlineSnapshot(`
    "unreachable db1 | host unreachable
                SSH_CONNECT_FAILED: Cannot connect to web4:22: connection refused
                Hint: Check that sshd runs on the host
    failed      日本語 | Collect (2.3 s)
                REMOTE_EXCEPTION: RemoteHealth.check/0 raised an error
                on the host
                Reason (error): %RuntimeError{message: "disk is gone"}
                  at RemoteHealth.check/0 (lib/remote_health.ex:12)
                  at :timer.tc/2 (timer.erl:235)
                Hint: Look at the function where the stack trace begins
                Output:
                  | checking
                  | no disk
    3/5 hosts  1 changed  1 failed  1 unreachable  waiting for web1  1:10  Fleet h…
      web1   0:05  A step with a name that is far too long for a terminal of eight…"
  `);
  terminal.next();
  await terminal.waitFor("FAILURES");
  terminal.next();
  expect(await terminal.exit).toMatchObject({ exitCode: 0 });
  expect(terminal.cursorVisible).toBe(true);
  // What was drawn again and again is there once, as the summary of the play.
  expect(terminal.history.match(/hosts {2}.*1:11.*/g)).toEqual([
    "hosts  1 changed  1 failed  1 unreachable  waiting for web1  1:11  Fleet h…",
  ]);
  expect(terminal.history).toMatch(/Fleet h…\n\nRESULTS\n(?: .*\n)+\nRECAP\n {2}web1 {2}ok=1/);
});

test("liveReporter() uses the width of 120×40", async () => {
  await using terminal = new PseudoTerminal(["small"], { columns: 120, rows: 40 });
  await terminal.waitFor("0:00  Fleet");
  terminal.next();
  await terminal.waitFor("0:02  Fleet");
  terminal.next();
  await terminal.waitFor("1:05  Fleet");
  expect(terminal.screen).toMatchInlineSnapshot(`
    "unreachable db1 | host unreachable
                SSH_CONNECT_FAILED: Cannot connect to web4:22: connection refused
                Hint: Check that sshd runs on the host
    1/5 hosts  1 unreachable  3 running  1:05  Fleet health
      日本語   1:02  Collect
      web1           A step with a name that is far too long for a terminal of eighty columns xxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      web2           Collect (attempt 3)"
  `);
});

test("liveReporter() folds what does not fit of 500 hosts into 80×24", async () => {
  await using terminal = new PseudoTerminal(["many"], { columns: 80, rows: 24 });
  await terminal.waitFor("0:00  Fleet");
  terminal.next();
  await terminal.waitFor("0:05  Fleet");
  expect(terminal.screen).toMatchInlineSnapshot(`
    "40/500 hosts  40 ok  80 running  0:05  Fleet health
      web[041-080]   0:05  Collect  40 hosts
      web[081-100]   0:05  connected  20 hosts
      web[101-120]   0:05  connecting: connect  20 hosts"
  `);
});

test("liveReporter() folds what does not fit of 500 hosts into 120×40", async () => {
  await using terminal = new PseudoTerminal(["many"], { columns: 120, rows: 40 });
  await terminal.waitFor("0:00  Fleet");
  terminal.next();
  await terminal.waitFor("0:05  Fleet");
  expect(terminal.screen).toMatchInlineSnapshot(`
    "40/500 hosts  40 ok  80 running  0:05  Fleet health
      web[041-080]   0:05  Collect  40 hosts
      web[081-100]   0:05  connected  20 hosts
      web[101-120]   0:05  connecting: connect  20 hosts"
  `);
});

test("liveReporter() fits into a tiny terminal", async () => {
  await using terminal = new PseudoTerminal(["many"], { columns: 20, rows: 4 });
  await terminal.waitFor("0/500");
  terminal.next();
  await terminal.waitFor("40/500");
  expect(terminal.history).toMatchInlineSnapshot(`
    "40/500 hosts  40 o…
      … 80 more: 40 Co…"
  `);
});

test("liveReporter() takes little time for 500 hosts and 7,000 events", async () => {
  await using terminal = new PseudoTerminal(["busy"]);
  await terminal.waitFor("wall_ms=");
  const [, cpu, wall] = /cpu_ms=(\d+) wall_ms=(\d+)\./.exec(terminal.history) ?? [];
  // Some 70 ms where nothing else runs; the default renderer of listr2 takes seconds.
  expect(Number(cpu)).toBeLessThan(700);
  expect(terminal.draws).toBeLessThanOrEqual(Number(wall) / 100 + 2);
});

test("liveReporter() shows everything with -v, each line with its host and step", async () => {
  await using terminal = new PseudoTerminal(["small", "-v"]);
  await terminal.waitFor("0:00  Fleet");
  terminal.next();
  await terminal.waitFor("0:02  Fleet");
  terminal.next();
  await terminal.waitFor("日本語 | Collect | half a line\n");
  expect(terminal.history).toContain("connected   web2 | OTP 25, Elixir 1.14.0\n");
  expect(terminal.history).toContain("retry       web2 | Collect | attempt 3\n");
  expect(terminal.history).not.toContain("rest");
  terminal.next();
  await terminal.waitFor("日本語 | Collect | rest\n");
  expect(terminal.history).toContain("changed     web2 | host ok after 1 step\n");
  expect(terminal.raw).not.toContain("\u001b[2J");
  expect(terminal.raw).not.toContain("\u001b]");
});

test.each([
  ["--no-color", ["--no-color"], {}],
  ["NO_COLOR", [], { NO_COLOR: "1" }],
])("liveReporter() uses no colours with %s", async (_name, options, env) => {
  await using terminal = new PseudoTerminal(["small", ...options], { env });
  await terminal.waitFor("0:00  Fleet");
  // oxlint-disable-next-line no-control-regex -- escape sequences are what it is about
  expect(terminal.raw).not.toMatch(/\u001b\[[\d;]*m/);
});

test("liveReporter() uses colours otherwise", async () => {
  await using terminal = new PseudoTerminal(["small"]);
  await terminal.waitFor("0:00  Fleet");
  expect(terminal.raw).toContain("\u001b[36mconnecting: connect\u001b[39m");
});

test("liveReporter() writes ASCII only where the locale is not UTF-8", async () => {
  await using terminal = new PseudoTerminal(["many"], { columns: 60, rows: 4, env: { LANG: "C" } });
  await terminal.waitFor("0:00  Fleet");
  expect(terminal.screen).toContain("  ... 120 more: 80 Collect");
  // oxlint-disable-next-line no-control-regex -- control characters of the display itself
  expect(terminal.raw).toMatch(/^[\u0000-\u007f]*$/);
});

test("liveReporter() draws once a second while only the clock changes", async () => {
  await using terminal = new PseudoTerminal(["small", "--clock"]);
  await vi.waitFor(() => expect(terminal.screen).toContain("0:01  Fleet"), { timeout: 20_000, interval: 20 });
  const before = terminal.draws;
  await sleep(3000);
  expect(terminal.draws - before).toBeGreaterThanOrEqual(2);
  expect(terminal.draws - before).toBeLessThanOrEqual(4);
});

test("liveReporter() leaves nothing behind in a terminal that becomes narrower", async () => {
  await using terminal = new PseudoTerminal(["small"], { columns: 120 });
  await terminal.waitFor("0:00  Fleet");
  terminal.next();
  await terminal.waitFor("0:02  Fleet");
  terminal.next();
  await terminal.waitFor("1:05  Fleet");
  terminal.resize(40, 24);
  await sleep(300);
  terminal.next();
  await terminal.waitFor("no disk\n3/5 hosts");
  expect(terminal.history.match(/\d\/5 hosts/g)).toEqual(["3/5 hosts"]);
  expect(terminal.history.match(/^ {2}web1/gm)).toHaveLength(1);
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"])("liveReporter() gives the cursor back on %s", async (signal) => {
  await using terminal = new PseudoTerminal(["small"]);
  await terminal.waitFor("0:00  Fleet");
  expect(terminal.cursorVisible).toBe(false);
  terminal.signal(signal);
  const numbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
  expect(await terminal.exit).toMatchObject({ signal: numbers[signal] });
  // The end of the process may be told before the last of what it wrote.
  await expect.poll(() => terminal.cursorVisible).toBe(true);
});

test("liveReporter() gives the cursor back on Ctrl-C, where the program cleans up by itself", async () => {
  await using terminal = new PseudoTerminal(["small", "--cleanup"]);
  await terminal.waitFor("0:00  Fleet");
  terminal.type("\u0003");
  expect(await terminal.exit).toMatchObject({ exitCode: 130 });
  await expect.poll(() => terminal.cursorVisible).toBe(true);
});

test("liveReporter() gives the cursor back on Ctrl-Z and goes on afterwards", async () => {
  await using terminal = new PseudoTerminal(["small"]);
  await terminal.waitFor("0:00  Fleet");
  terminal.type("\u001a");
  await vi.waitFor(() => expect(terminal.cursorVisible).toBe(true), { timeout: 10_000 });
  terminal.signal("SIGCONT");
  await vi.waitFor(() => expect(terminal.cursorVisible).toBe(false), { timeout: 10_000 });
  terminal.next();
  await terminal.waitFor("0:02  Fleet");
});
