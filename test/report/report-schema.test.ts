import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import type { DryRunHost, DryRunReport } from "../../src/engine/dry-run-report.ts";
import { eventSchema } from "../../src/report/event-schema.ts";
import { eventToJson } from "../../src/report/event-json.ts";
import { dryRunToJson, reportToJson } from "../../src/report/report-json.ts";
import { reportSchema } from "../../src/report/written-schema.ts";
import { sampleDryRun } from "./sample-dry-run.ts";
import { sampleEvents, sampleReport } from "./sample-run.ts";

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const isReport = ajv.compile(reportSchema);
const isEvent = ajv.compile(eventSchema);

test("schemas/*.schema.json are what the sources describe", async () => {
  await expect(`${JSON.stringify(reportSchema, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/report.schema.json",
  );
  await expect(`${JSON.stringify(eventSchema, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/event.schema.json",
  );
});

test("reportSchema accepts the report of a run with every status", () => {
  isReport(JSON.parse(JSON.stringify(reportToJson(sampleReport))));
  expect(isReport.errors).toBeNull();
});

test("reportSchema accepts the report of a dry run", () => {
  isReport(JSON.parse(JSON.stringify(dryRunToJson(sampleDryRun))));
  expect(isReport.errors).toBeNull();
});

test.each<[string, (report: Record<string, unknown>) => void]>([
  ["an unknown key", (report) => Object.assign(report, { extra: 1 })],
  ["a missing key", (report) => delete report["exit_code"]],
  ["an unknown status", (report) => Object.assign(report, { status: "fine" })],
  ["a time that is none", (report) => Object.assign(report, { started_at: "yesterday" })],
  ["another version", (report) => Object.assign(report, { version: 2 })],
])("reportSchema refuses a report with %s", (_name, damage) => {
  const report = JSON.parse(JSON.stringify(reportToJson(sampleReport))) as Record<string, unknown>;
  damage(report);
  expect(isReport(report)).toBe(false);
});

test("reportSchema refuses a dry run without totals", () => {
  const report = JSON.parse(JSON.stringify(dryRunToJson(sampleDryRun))) as DryRunReport;
  expect(isReport(report)).toBe(true);
  for (const host of Object.values(report.plays[0]?.hosts ?? {}))
    delete (host as { totals?: unknown }).totals;
  expect(isReport(report)).toBe(false);
});

test("dryRunToJson() puts reasons into words, and hosts with the same plan share one object", () => {
  const { plays } = dryRunToJson(sampleDryRun) as { plays: { hosts: Record<string, DryRunHost> }[] };
  const { web01, web02 } = plays[0]?.hosts ?? {};
  expect(web01?.steps[0]?.would_push.map(({ reason }) => reason)).toEqual([null, "imports load/0, memory/0"]);
  expect(web02).toBe(web01);
});

test("eventSchema accepts every event that is written, and no other key", () => {
  const written = sampleEvents.map((event) => eventToJson(event)).filter((event) => event !== undefined);
  for (const event of written) {
    const json = JSON.parse(JSON.stringify(event)) as Record<string, unknown>;
    isEvent(json);
    expect(isEvent.errors, JSON.stringify(json)).toBeNull();
    expect(isEvent({ ...json, extra: 1 })).toBe(false);
  }
  expect(new Set(written.map((event) => event["type"]))).toEqual(
    new Set([
      "run_started",
      "play_started",
      "host_connected",
      "step_started",
      "module_pushed",
      "step_output",
      "step_finished",
      "host_finished",
      "run_finished",
    ]),
  );
});
