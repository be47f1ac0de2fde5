import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";
import {
  exitCodeSchema,
  hostError,
  hostStatusSchema,
  milliseconds,
  pushedFileProperties,
  pushedModuleProperties,
  pushTotalsSchema,
  runStatusSchema,
  runtimeProperties,
  transportSchema,
  stepProperties,
  writtenNameProperties,
  timeSchema,
} from "./report-schema.ts";

const text = (description: string, ...examples: readonly unknown[]): TSchema =>
  described(Type.String(), description, ...examples);
const count = (description: string): TSchema => described(Type.Integer({ minimum: 0 }), description, 2);

const play = text("Name of the play", "Fleet health");
const ofHost = { play, host: text("Name of the host in the inventory", "web1") };
const step = text("Name of the step", "Collect");
const index = described(
  Type.Integer({ minimum: 0 }),
  "How many steps of the host in the play began before it: the start and the end of a step have the same",
  0,
);

/** Keys of each type of event besides `type` and `at`. */
const EVENTS: Readonly<Record<string, Readonly<Record<string, TSchema>>>> = {
  run_started: { playbooks: described(Type.Array(Type.String()), "Files of the playbooks", ["site.yml"]) },
  play_started: {
    play,
    hosts: described(Type.Array(Type.String()), "Its hosts", ["web1", "web2"]),
    steps: Type.Optional(
      described(
        Type.Integer({ minimum: 0 }),
        "How many steps a host has to do at most, handlers aside; absent where they are a function",
        4,
      ),
    ),
  },
  host_connected: {
    ...ofHost,
    ...runtimeProperties,
    transport: described(transportSchema, "What carries everything to the host and back", "tunnels"),
    reused: Type.Optional(
      described(
        Type.Literal(true),
        "That an earlier run has left the session with --keep; absent otherwise",
        true,
      ),
    ),
  },
  host_reconnecting: {
    ...ofHost,
    reason: text("Why the connection to the host was lost", "Cannot use the connection to web1: it was lost"),
  },
  host_reconnected: { ...ofHost, away_ms: milliseconds },
  step_started: { ...ofHost, step, index, ...writtenNameProperties },
  module_pushed: {
    ...ofHost,
    step: described(
      Type.Union([Type.String(), Type.Null()]),
      "Name of the step; null for what the host fetched between two",
      "Collect",
      null,
    ),
    ...pushedModuleProperties,
  },
  file_pushed: { ...ofHost, step, ...pushedFileProperties },
  step_output: {
    ...ofHost,
    step: described(
      Type.Union([Type.String(), Type.Null()]),
      "Name of the step; null for what the BEAM itself prints",
      "Collect",
      null,
    ),
    text: text("What was printed", "checking\n"),
  },
  step_finished: { ...ofHost, step, index, ...stepProperties },
  host_finished: {
    ...ofHost,
    status: hostStatusSchema,
    error: hostError,
    pushed: pushTotalsSchema,
    steps: described(
      Type.Object({
        ok: count("Steps that ended ok"),
        changed: count("Steps that changed something"),
        failed: count("Steps that failed"),
        skipped: count("Steps that were skipped"),
        rescued: count("Steps that failed and whose block has a rescue"),
        ignored: count("Steps that failed and ignore it"),
      }),
      "How many steps ended in which way",
    ),
  },
  run_finished: { status: runStatusSchema, exit_code: exitCodeSchema, duration_ms: milliseconds },
};

/** Describes a line of `--output ndjson`: the source of `schemas/event.schema.json`. */
export const eventSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fusion-play:schema:event:1",
  title: "fusion-play event",
  description: "A line of --output ndjson",
  anyOf: Object.entries(EVENTS).map(([type, properties]) =>
    Type.Object(
      { type: described(Type.Literal(type), "What happened"), at: timeSchema, ...properties },
      { additionalProperties: false },
    ),
  ),
});
