import { PassThrough } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/engine/run-event.ts";
import { wholeLeaf, type LeafToJson } from "../../src/etf/json.ts";
import { MapTerm, atom, tuple, type Term } from "../../src/etf/term.ts";
import { eventToJson } from "../../src/report/event-json.ts";
import { REPORT_FORMATS, reportPieces } from "../../src/report/formats/report-formats.ts";
import { MarkedJson } from "../../src/report/marked-json.ts";
import { ndjsonReporter } from "../../src/report/ndjson-reporter.ts";
import { writtenReport } from "../../src/report/written-report.ts";
import { sampleReport } from "./sample-run.ts";

/** What is not long has so many characters at most, as base64. */
const LONGEST = 400_000;

/** Bytes that are no text. */
function bytesOf(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => 0x80 + (index % 127)));
}

const leaves: readonly (string | Uint8Array)[] = [
  "short",
  bytesOf(100),
  'a"\\\n\u2028é'.repeat(60_000),
  // At each of two offsets parts would end within a character.
  "\u{1F600}".repeat(200_000),
  `x${"\u{1F600}".repeat(200_000)}`,
  `${"x".repeat(300_000)}\uD83D`,
  ...[262_144, 262_145, 400_000, 400_001, 589_824].map(bytesOf),
  new Uint8Array(bytesOf(400_100).buffer, 7, 400_000),
];

test("pieces() writes the JSON with long texts and bytes as if they had been there, a part at a time", () => {
  const make = (leafToJson: LeafToJson): unknown => ({
    all: leaves.map((leaf) => ({ leaf: leafToJson(leaf) })),
  });
  const marked = new MarkedJson(make);
  const pieces = [...marked.pieces((json) => JSON.stringify(json, null, 2))];
  expect(marked.hasMarks).toBe(true);
  expect(pieces.join("") === JSON.stringify(make(wholeLeaf), null, 2)).toBe(true);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(LONGEST);
});

test("pieces() writes JSON in which nothing is long in one piece", () => {
  const marked = new MarkedJson((leafToJson) => [leafToJson("a"), leafToJson(bytesOf(2)), 1]);
  expect(marked.hasMarks).toBe(false);
  expect([...marked.pieces(JSON.stringify)]).toEqual(['["a","gIE=",1]']);
});

/** A report whose first step gave something long. */
function longReport(): typeof sampleReport {
  const [play] = sampleReport.plays;
  const [host, end] = Object.entries(play?.hosts ?? {}).find(([, { steps }]) => steps.length > 0) ?? [];
  const [step] = end?.steps ?? [];
  if (play === undefined || host === undefined || end === undefined || step === undefined) {
    throw new Error("The sample has no step");
  }
  const result: Term = tuple(atom("ok"), new MapTerm([[atom("content"), bytesOf(1_000_000)]]));
  const steps = [{ ...step, items: null, result, diff: Buffer.from("line\n".repeat(200_000)) }];
  return { ...sampleReport, plays: [{ ...play, hosts: { [host]: { ...end, steps } } }] };
}

test("reportPieces() and events have long results whole, and no piece of them is as long", async () => {
  const report = longReport();
  const pieces = [...reportPieces(report, "json")];
  expect(pieces.join("") === REPORT_FORMATS.json(writtenReport(report))).toBe(true);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(2 * LONGEST);

  const [step] = Object.values(report.plays[0]?.hosts ?? {})[0]?.steps ?? [];
  const event = {
    type: "step_finished",
    at: report.started_at,
    host: "one",
    report: step,
  } as unknown as RunEvent;
  const stream = new PassThrough();
  const written = readAll(stream);
  const reporter = ndjsonReporter({ stream });
  reporter.onEvent(event);
  reporter.onEvent({ type: "step_output", at: report.started_at, text: "x" } as unknown as RunEvent);
  const ended = reporter.end();
  await ended;
  stream.end();
  const [line, next, rest] = (await written).split("\n");
  expect(line === JSON.stringify({ type: event.type, at: event.at, ...eventToJson(event) })).toBe(true);
  expect([JSON.parse(next ?? ""), rest]).toMatchObject([{ type: "step_output" }, ""]);
});
