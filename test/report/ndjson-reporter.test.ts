import { spawn } from "node:child_process";
import { once } from "node:events";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ndjsonReporter } from "../../src/report/ndjson-reporter.ts";
import { CollectedStream } from "./collected-stream.ts";
import { sampleEvents } from "./sample-run.ts";

test("ndjsonReporter() writes the events of the contract, one a line, in order", async () => {
  const stream = new CollectedStream();
  const reporter = ndjsonReporter({ stream });
  for (const event of sampleEvents) reporter.onEvent(event);
  await reporter.end();
  expect(stream.text.endsWith("\n")).toBe(true);
  const events = stream.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const live = new Set(["host_connecting", "step_retried"]);
  expect(events.map((event) => event["type"])).toEqual(
    sampleEvents.map(({ type }) => type).filter((type) => !live.has(type)),
  );
  const times = events.map((event) => Date.parse(String(event["at"])));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(
    events.find((event) => event["type"] === "step_finished" && event["step"] === "Collect"),
  ).toMatchObject({
    host: "web3",
    status: "failed",
    kind: "run",
    error: { code: "REMOTE_EXCEPTION", class: "error" },
  });
  expect(events.find((event) => event["status"] === "ok" && event["step"] === "Collect")).toMatchObject({
    result: { status: "ok", pids: [1, "1180591620717411303424"], raw: "/wA=", last: ["ok", null] },
  });
  expect(events.at(-1)).toEqual({
    type: "run_finished",
    at: sampleEvents.at(-1)?.at,
    status: "cancelled",
    exit_code: 130,
    duration_ms: 4321,
  });
});

test("end() waits until a slow reader has got everything", async () => {
  let received = "";
  const stream = new Writable({
    highWaterMark: 16,
    write(chunk: Buffer, _encoding, done) {
      setTimeout(() => {
        received += chunk.toString();
        done();
      }, 2);
    },
  });
  const reporter = ndjsonReporter({ stream });
  for (const event of sampleEvents) reporter.onEvent(event);
  expect(received).toBe("");
  await reporter.end();
  expect(received.trimEnd().split("\n")).toHaveLength(sampleEvents.length - 5);
});

test("ndjsonReporter() survives a reader that goes away", async () => {
  const program = fileURLToPath(new URL("ndjson-program.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", import.meta.resolve("jiti/register"), program], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code] = (await once(child, "close")) as [number];
  expect({ code, errors }).toEqual({ code: 0, errors: "ended\n" });
});

test("end() fails when the output could not be written", async () => {
  const stream = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }));
    },
  });
  const reporter = ndjsonReporter({ stream });
  for (const event of sampleEvents) reporter.onEvent(event);
  await expect(reporter.end()).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    message: "Cannot write the output: ENOSPC: no space left on device",
  });
});
