import { Type, type TSchema } from "typebox";
import {
  errorSchema,
  exitCodeSchema,
  hostStatusSchema,
  pushedModuleProperties,
  pushTotalsSchema,
  runStatusSchema,
  stepProperties,
  timeSchema,
} from "./report-schema.ts";

const name = Type.String();
const ofHost = { play: name, host: name };
const count = Type.Integer({ minimum: 0 });
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);
const index = Type.Integer({ minimum: 0, description: "Position of the step in the play, from 0" });

/** Keys of each type of event besides `type` and `at`. */
const EVENTS: Readonly<Record<string, Readonly<Record<string, TSchema>>>> = {
  run_started: { playbooks: Type.Array(name) },
  play_started: { play: name, hosts: Type.Array(name) },
  host_connected: { ...ofHost, otp: Type.String(), elixir: nullable(Type.String()) },
  step_started: { ...ofHost, step: name, index },
  module_pushed: { ...ofHost, step: name, ...pushedModuleProperties },
  step_output: {
    ...ofHost,
    step: nullable(Type.String({ description: "Null for what the BEAM itself prints" })),
    text: Type.String(),
  },
  step_finished: { ...ofHost, step: name, index, ...stepProperties },
  host_finished: {
    ...ofHost,
    status: hostStatusSchema,
    error: nullable(errorSchema),
    pushed: pushTotalsSchema,
    steps: Type.Object({ ok: count, changed: count, failed: count, skipped: count, ignored: count }),
  },
  run_finished: {
    status: runStatusSchema,
    exit_code: exitCodeSchema,
    duration_ms: Type.Number({ minimum: 0 }),
  },
};

/** Describes a line of `--output ndjson`: the source of `schemas/event.schema.json`. */
export const eventSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "fusion-play event",
  description: "A line of --output ndjson",
  anyOf: Object.entries(EVENTS).map(([type, properties]) =>
    Type.Object({ type: Type.Literal(type), at: timeSchema, ...properties }, { additionalProperties: false }),
  ),
});
