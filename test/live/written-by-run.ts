import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { DryRunReport } from "../../src/engine/dry-run-report.ts";
import type { HostReport, PushedModule, Report, StepReport } from "../../src/engine/report.ts";

/** A module that was shipped, as the JSON report has it: with its reason in words. */
export type WrittenModule = Omit<PushedModule, "reason"> & { reason: string | null };
/** A step as the JSON report has it. */
export type WrittenStep = Omit<StepReport, "result" | "language" | "pushed"> & {
  pushed: WrittenModule[];
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the function on the host gave
  result: any;
};
export type WrittenHost = Omit<HostReport, "steps"> & { steps: WrittenStep[] };
/** The JSON report of a run. */
export type WrittenReport = Omit<Report, "plays"> & {
  plays: { name: string; file?: string; line?: number; hosts: Record<string, WrittenHost> }[];
};

/** A line of `--output ndjson`. */
export interface WrittenEvent {
  type: string;
  at: string;
  host?: string;
  step?: string | null;
  status?: string;
  text?: string;
  module?: string;
  transport?: string;
}

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const isReport = ajv.compile(schemaOf("report"));
const isEvent = ajv.compile(schemaOf("event"));

/** Reads what `--report json=…` wrote; it must satisfy `schemas/report.schema.json`. */
export async function readReport(file: string): Promise<WrittenReport | DryRunReport | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (checked(isReport, JSON.parse(text)) as WrittenReport);
}

/** Reads a line of `--output ndjson`; it must satisfy `schemas/event.schema.json`. */
export function readEvent(line: string): WrittenEvent {
  return checked(isEvent, JSON.parse(line)) as WrittenEvent;
}

function schemaOf(name: string): object {
  const file = join(import.meta.dirname, "..", "..", "schemas", `${name}.schema.json`);
  return JSON.parse(readFileSync(file, "utf8")) as object;
}

function checked(validate: ValidateFunction, value: unknown): unknown {
  if (validate(value)) return value;
  throw new Error(`${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 2000)}`);
}
