import { Type, type TSchema } from "typebox";
import { dryRunReportSchema } from "./dry-run-schema.ts";
import { runReportSchema } from "./report-schema.ts";

/** Describes what `--report json=…` writes: the source of `schemas/report.schema.json`. */
export const reportSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fusion-play:schema:report:1",
  title: "fusion-play report",
  description: "What --report json=<file> writes, after a run and after a dry run",
  anyOf: [runReportSchema, dryRunReportSchema],
});
