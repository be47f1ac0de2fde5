import { Type, type TSchema } from "typebox";

/** Closed: a key that nobody described is a mistake of ours. */
const closed = { additionalProperties: false } as const;

const count: TSchema = Type.Integer({ minimum: 0 });
const milliseconds: TSchema = Type.Number({ minimum: 0 });
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);
const oneOf = (...values: string[]): TSchema => Type.Unsafe({ type: "string", enum: values });
/** The values of an object whose keys are names of the user's. */
const byName = (schema: TSchema): TSchema => Type.Unsafe({ type: "object", additionalProperties: schema });

/** An error, as `errors.ts` and the host describe it. */
export const errorSchema: TSchema = Type.Object(
  {
    code: Type.String({
      pattern: "^[A-Z][A-Z_]*$",
      description: "Stable name; docs/errors.md explains each one",
    }),
    message: Type.String(),
    hint: nullable(Type.String({ description: "What to try next" })),
    class: Type.Optional(oneOf("throw", "exit", "error")),
    reason: Type.Optional(Type.String({ description: "Reason of the exception on the host, printed" })),
    stacktrace: Type.Optional(Type.Array(Type.String())),
    expected: Type.Optional(Type.String({ description: "Of a false assertion, printed" })),
    actual: Type.Optional(Type.String({ description: "Of a false assertion, printed" })),
  },
  closed,
);

export const pushedModuleProperties: Readonly<Record<string, TSchema>> = {
  module: Type.String({ description: "As the BEAM has it: Elixir.RemoteHealth, my_app" }),
  bytes: count,
  md5: Type.String({ pattern: "^[0-9a-f]{32}$" }),
  needed_by: nullable(Type.String({ description: "The module that needs it; null if the step named it" })),
  reason: nullable(Type.String({ description: "Why that one needs it, such as: imports start_link/1" })),
};

const stepKindSchema: TSchema = oneOf("push", "run", "eval", "assert");
const stepStatusSchema: TSchema = oneOf("ok", "changed", "failed", "skipped", "ignored");
export const hostStatusSchema: TSchema = oneOf("ok", "failed", "unreachable", "skipped", "cancelled");
export const runStatusSchema: TSchema = oneOf("ok", "failed", "unreachable", "cancelled");
export const exitCodeSchema: TSchema = Type.Integer({ minimum: 0, maximum: 255 });
export const timeSchema: TSchema = Type.String({ format: "date-time" });
const runtimeSchema: TSchema = Type.Object({ otp: Type.String(), elixir: nullable(Type.String()) }, closed);
export const pushTotalsSchema: TSchema = Type.Object(
  {
    modules: count,
    bytes: count,
    skipped: Type.Integer({ minimum: 0, description: "Modules that the host had already" }),
  },
  closed,
);

/** What is known of a step that ended, besides its name. */
export const stepProperties: Readonly<Record<string, TSchema>> = {
  kind: stepKindSchema,
  status: stepStatusSchema,
  duration_ms: milliseconds,
  attempts: count,
  result: Type.Unknown({ description: "The term that the step gave, as JSON" }),
  output: Type.String({ description: "What the step printed, up to a limit" }),
  pushed: Type.Array(Type.Object(pushedModuleProperties, closed)),
  error: nullable(errorSchema),
};

const hostReport = Type.Object(
  {
    status: hostStatusSchema,
    error: nullable(errorSchema),
    runtime: nullable(runtimeSchema),
    pushed: pushTotalsSchema,
    steps: Type.Array(Type.Object({ name: Type.String(), ...stepProperties }, closed)),
  },
  closed,
);

const runReport = Type.Object(
  {
    version: Type.Literal(1),
    status: runStatusSchema,
    exit_code: exitCodeSchema,
    started_at: timeSchema,
    duration_ms: milliseconds,
    plays: Type.Array(Type.Object({ name: Type.String(), hosts: byName(hostReport) }, closed)),
  },
  { ...closed, title: "Report of a run" },
);

const problems = Type.Array(
  Type.Object({ code: Type.String({ pattern: "^[A-Z][A-Z_]*$" }), message: Type.String() }, closed),
);

const dryRunStep = Type.Object(
  {
    name: Type.String(),
    kind: stepKindSchema,
    would_push: Type.Array(Type.Object({ ...pushedModuleProperties, file: Type.String() }, closed)),
    unknown: Type.Optional(Type.String({ description: "What cannot be known without running" })),
    problems,
  },
  closed,
);

const dryRunHost = Type.Object(
  {
    steps: Type.Array(dryRunStep),
    unknown: Type.Optional(Type.String({ description: "Why the steps cannot be known without running" })),
    problems,
    totals: Type.Object({ modules: count, bytes: count }, closed),
  },
  closed,
);

const dryRunReport = Type.Object(
  {
    version: Type.Literal(1),
    status: oneOf("ok", "problems"),
    exit_code: exitCodeSchema,
    plays: Type.Array(Type.Object({ name: Type.String(), hosts: byName(dryRunHost) }, closed)),
  },
  { ...closed, title: "Report of a dry run" },
);

/** Describes what `--report json=…` writes: the source of `schemas/report.schema.json`. */
export const reportSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "fusion-play report",
  description: "What --report json=<file> writes, after a run and after a dry run",
  anyOf: [runReport, dryRunReport],
});
