import { expect, test } from "vitest";
import { EventLines, type EventLinesOptions } from "../../src/report/event-lines.ts";
import { renderLine } from "../../src/report/line.ts";
import { hostReport, stepReport, timed, type UntimedEvent } from "./sample-run.ts";

function shown(
  events: readonly UntimedEvent[],
  options: EventLinesOptions = { verbosity: 0, failuresOnly: true },
): string[] {
  const lines = new EventLines(options);
  return timed(events).flatMap((event) =>
    lines.add(event).map((line) => renderLine(line, { color: false, unicode: true })),
  );
}

function failed(
  host: string,
  { step = "Collect", message = `disk is gone on ${host}`, output = "checking\n" } = {},
): UntimedEvent {
  const error = { code: "REMOTE_EXCEPTION", message, hint: "Look there", stacktrace: ["m:f/0"] } as const;
  const report = stepReport({
    name: step,
    kind: "run",
    status: "failed",
    error: { ...error, stacktrace: ["m:f/0"] },
    output,
  });
  return { type: "step_finished", play: "Play", host, step, index: 0, status: "failed", report };
}

function unreachable(host: string): UntimedEvent {
  const error = {
    code: "SSH_CONNECT_FAILED",
    message: `Cannot connect to ${host}:22: refused`,
    hint: "Check sshd",
  } as const;
  const report = hostReport({ status: "unreachable", error });
  return { type: "host_finished", play: "Play", host, status: "unreachable", report };
}

test("EventLines that show failures only tell what failed before on another host in one line", () => {
  expect(
    shown([
      failed("web1"),
      failed("web2"),
      failed("web3", { output: "something else\n" }),
      unreachable("db1"),
      unreachable("db2"),
    ]),
  ).toMatchInlineSnapshot(`
    [
      "failed      web1 | Collect (12 ms)",
      "            REMOTE_EXCEPTION: disk is gone on web1",
      "              at m:f/0",
      "            Hint: Look there",
      "            Output:",
      "              | checking",
      "failed      web2 | Collect (12 ms): as on web1",
      "failed      web3 | Collect (12 ms)",
      "            REMOTE_EXCEPTION: disk is gone on web3",
      "              at m:f/0",
      "            Hint: Look there",
      "            Output:",
      "              | something else",
      "unreachable db1 | host unreachable",
      "            SSH_CONNECT_FAILED: Cannot connect to db1:22: refused",
      "            Hint: Check sshd",
      "unreachable db2 | host unreachable: as on db1",
    ]
  `);
});

test("EventLines tell that a stopped run still does what is below always, also where failures only are shown", () => {
  expect(shown([{ type: "run_stopping", always_ms: 30_000 }])).toEqual([
    "stopping    steps below always are done, for up to 30 s; a second Ctrl-C leaves them out",
  ]);
});

test("EventLines tell failures of different steps, and messages that differ, in full", () => {
  const lines = shown([
    failed("web1"),
    failed("web1", { step: "Again" }),
    failed("web2", { message: "other" }),
  ]);
  expect(lines.filter((line) => line.includes("REMOTE_EXCEPTION"))).toHaveLength(3);
  expect(lines.join("\n")).not.toContain("as on");
});

test.each([
  { verbosity: 1, failuresOnly: true },
  { verbosity: 0, failuresOnly: false },
])("EventLines with %j tell every failure in full", (options) => {
  const lines = shown([failed("web1"), failed("web2")], options);
  expect(lines.filter((line) => line.includes("disk is gone on web"))).toHaveLength(2);
});

test("EventLines that show failures only remember no failures without end", () => {
  const many = Array.from({ length: 2000 }, (_, index) => failed("web1", { message: `failure ${index}` }));
  const last = shown([
    ...many,
    failed("web2", { message: "failure 5" }),
    failed("web2", { message: "failure 1999" }),
  ]);
  expect(last.filter((line) => line.includes("as on web1"))).toHaveLength(1);
});

test("EventLines with -v show output as it comes, whole lines of one step each, whatever is in them", () => {
  const piece = (text: string): UntimedEvent => ({
    type: "step_output",
    play: "P",
    host: "web1",
    step: "S",
    text,
  });
  const report = stepReport({ name: "S", kind: "run", status: "ok" });
  const lines = shown(
    [
      piece("10%\r20%\r30%\n"),
      piece("half a line, a bell \u0007\u001b["),
      piece("31mand 日本語\tits rest\r"),
      piece("\n\n"),
      piece(`${"long ".repeat(4000)}end\n`),
      piece("no end of line"),
      { type: "step_finished", play: "P", host: "web1", step: "S", index: 0, status: "ok", report },
    ],
    { verbosity: 1, failuresOnly: true },
  );
  expect(lines.map((line) => (line.length > 200 ? line.slice(0, 30) : line))).toEqual([
    "web1 | S | 10%",
    "web1 | S | 20%",
    "web1 | S | 30%",
    "web1 | S | half a line, a bell and 日本語    its rest",
    "web1 | S | ",
    `web1 | S | ${"long ".repeat(4)}`.slice(0, 30),
    "web1 | S | no end of line",
    "ok          web1 | S (12 ms)",
  ]);
});

test("EventLines keep no line of a host in memory that never ends", () => {
  const lines = new EventLines({ verbosity: 1, failuresOnly: true });
  const event = { type: "step_output", play: "P", host: "web1", step: "S", text: "x".repeat(1000) } as const;
  const counts = Array.from({ length: 100 }, () => timed([event]).flatMap((each) => lines.add(each)).length);
  expect(counts.filter((count) => count > 0).length).toBeGreaterThanOrEqual(10);
});
