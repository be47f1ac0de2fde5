import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";
import { errorSchema } from "./error-schema.ts";

/** Closed: a key that nobody described is a mistake of ours. */
export const closed: { readonly additionalProperties: false } = { additionalProperties: false };

const count: TSchema = Type.Integer({ minimum: 0 });
export const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);
export const oneOf = (...values: string[]): TSchema => Type.Unsafe({ type: "string", enum: values });
/** The values of an object whose keys are names of the user's. */
const byName = (schema: TSchema): TSchema => Type.Unsafe({ type: "object", additionalProperties: schema });

export const text = (description: string, ...examples: readonly unknown[]): TSchema =>
  described(Type.String(), description, ...examples);
export const number = (description: string, ...examples: readonly unknown[]): TSchema =>
  described(count, description, ...examples);
export const pushedModuleProperties: Readonly<Record<string, TSchema>> = {
  module: text("As the BEAM has it", "Elixir.RemoteHealth", "my_app"),
  bytes: number("Size of what is shipped", 1234),
  md5: described(
    Type.String({ pattern: "^[0-9a-f]{32}$" }),
    "Of the code, as OTP computes it",
    "87ad40e2e37b3f68ad6aaeec6c0ca24b",
  ),
  needed_by: described(
    nullable(Type.String()),
    "The module that needs it; null if the step named it",
    "Elixir.RemoteHealth",
    null,
  ),
  reason: described(nullable(Type.String()), "Why that one needs it", "imports start_link/1", null),
  elixir: described(
    nullable(Type.String()),
    "Version of Elixir, where it is one of Elixir's own modules, sent to a host that has only Erlang",
    null,
    "1.14.0",
  ),
  on_demand: Type.Optional(
    described(Type.Literal(true), "The host fetched it, when code there first called it", true),
  ),
};

export const pushedFileProperties: Readonly<Record<string, TSchema>> = {
  application: text("The application that it is a file of", "my_app"),
  path: text("Where it is in the folder of the application", "priv/my_nif.so"),
  bytes: number("Its size", 16384),
  sha256: described(
    Type.String({ pattern: "^[0-9a-f]{64}$" }),
    "Of its content",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  ),
};

const playName: TSchema = text("Name of the play", "Fleet health");
export const stepName: TSchema = text("Name of the step", "Collect");
export const stepKindSchema: TSchema = described(
  oneOf("push", "run", "eval", "assert", "set", "fail", "pause", "wait_for", "meta"),
  "What the step does",
);
const stepStatusSchema: TSchema = described(
  oneOf("ok", "changed", "failed", "skipped", "ignored"),
  "How the step ended; ignored is a failure that the step ignores",
);
export const hostStatusSchema: TSchema = described(
  oneOf("ok", "failed", "unreachable", "skipped", "cancelled"),
  "How the host ended in this play",
);
export const runStatusSchema: TSchema = described(
  oneOf("ok", "failed", "unreachable", "cancelled"),
  "How the run ended",
);
export const exitCodeSchema: TSchema = described(
  Type.Integer({ minimum: 0, maximum: 255 }),
  "Exit code of the program; docs/cli.md lists all",
  0,
  2,
);
export const timeSchema: TSchema = described(
  Type.String({ format: "date-time" }),
  "Time of this machine, in UTC",
  "2026-11-21T07:44:09.981Z",
);
export const milliseconds: TSchema = described(
  Type.Number({ minimum: 0 }),
  "How long it took, in ms",
  12.632,
);
export const runtimeProperties: Readonly<Record<string, TSchema>> = {
  otp: text("Release of Erlang/OTP on the host", "25"),
  elixir: described(
    nullable(Type.String()),
    "Version of Elixir on the host; null if there is none",
    "1.14.0",
    null,
  ),
};
export const transportSchema: TSchema = oneOf("tunnels", "stdio");
export const pushTotalsSchema: TSchema = described(
  Type.Object(
    {
      modules: number("Modules that were shipped", 3),
      bytes: number("Their size", 4096),
      skipped: number("Modules that the host had already", 12),
      files: number("Files of applications that were shipped, besides modules", 2),
      file_bytes: number("Their size", 16384),
    },
    closed,
  ),
  "What was shipped to the host, and for its steps to hosts that they are delegated to",
);
export const placeProperties: Readonly<Record<string, TSchema>> = {
  file: Type.Optional(text("File that it stands in", "playbooks/site.yml")),
  line: Type.Optional(described(Type.Integer({ minimum: 1 }), "Number of its line there", 12)),
};
const stepError: TSchema = described(nullable(errorSchema), "Why the step failed; null if it did not");
export const hostError: TSchema = described(
  nullable(errorSchema),
  "Why the host is unreachable, or failed outside of its steps; null if neither",
);

const checkProperties: Readonly<Record<string, TSchema>> = {
  would_run: Type.Optional(
    described(Type.Literal(true), "With --check: the step was left out, and would be run", true),
  ),
  diff: Type.Optional(
    described(Type.Unknown(), "With --check: what would be changed, as the function told", {
      before: "a",
      after: "b",
    }),
  ),
};

const printedProperty: Readonly<Record<string, TSchema>> = {
  printed: Type.Optional(
    text(
      "The result as its language prints it, up to 10,000 characters; absent where there is none",
      "%{memory_mb: 15}",
    ),
  ),
};

const startProperty: Readonly<Record<string, TSchema>> = {
  started_at: Type.Optional(
    described(Type.String({ format: "date-time" }), "When it began, in UTC", "2026-11-21T07:44:10.012Z"),
  ),
};

const delegateProperty: Readonly<Record<string, TSchema>> = {
  delegated_to: Type.Optional(text("The other host that the step worked on: see delegate_to", "db1")),
};

export const handlerProperty: Readonly<Record<string, TSchema>> = {
  handler: Type.Optional(described(Type.Literal(true), "The step is a handler, or below one", true)),
};

const trafficSchema: TSchema = Type.Object(
  {
    round_trips: number("How often an answer of the host was waited for while nothing else was", 1),
    messages_sent: number("Requests, answers and other messages to the host", 1),
    messages_received: number("Those from the host", 2),
    bytes_sent: number("What was sent, without what SSH adds", 280),
    bytes_received: number("What came, without what SSH adds", 420),
  },
  closed,
);

export const writtenNameProperties: Readonly<Record<string, TSchema>> = {
  written_name: Type.Optional(
    text(
      "Name of the step as it is written in the playbook, where it holds expressions, so that hosts may have other ones",
      "Deploy to ${{ vars.zone }}",
    ),
  ),
  written_nth: Type.Optional(
    described(
      Type.Integer({ minimum: 2 }),
      "Which step of the play with this written_name it is, in the order of the playbook; absent of the first",
      2,
    ),
  ),
};

/** What is known of a step that ended, besides its name. */
export const stepProperties: Readonly<Record<string, TSchema>> = {
  ...writtenNameProperties,
  kind: stepKindSchema,
  ...handlerProperty,
  status: stepStatusSchema,
  rescued: described(
    Type.Boolean(),
    "Whether the step failed and rescue of a block around it takes over, so that the host goes on",
    false,
  ),
  resumed: Type.Optional(
    described(Type.Literal(true), "The step was done before the run was resumed: see --resume"),
  ),
  ran_on: Type.Optional(
    text("The other host that did the step, once for all hosts of the batch: see run_once", "web1"),
  ),
  ...delegateProperty,
  ...placeProperties,
  ...startProperty,
  duration_ms: milliseconds,
  push_ms: Type.Optional(
    described(
      Type.Number({ minimum: 0 }),
      "The part of duration_ms at whose end the last of its code was shipped, in ms",
      4.2,
    ),
  ),
  traffic: Type.Optional(
    described(
      trafficSchema,
      "With --profile=roundtrips: what went to the host and came from it meanwhile, that of other steps at work at the same time included",
    ),
  ),
  push_traffic: Type.Optional(
    described(
      trafficSchema,
      "With --profile=roundtrips: the part of traffic until the last of its code was shipped",
    ),
  ),
  attempts: number("How often the step was tried; 0 if it was skipped", 1),
  items: described(
    nullable(
      Type.Array(
        Type.Object(
          {
            label: text("What the item is called", "web"),
            status: described(stepStatusSchema, "How the step ended for this item"),
            attempts: number("How often it was tried for this item; 0 if it was skipped", 1),
            error: described(nullable(errorSchema), "Why it failed for this item; null if it did not"),
            ...checkProperties,
            ...delegateProperty,
            ...printedProperty,
          },
          closed,
        ),
      ),
    ),
    "The items of its loop, in order; null for a step without one",
  ),
  result: described(
    Type.Unknown(),
    "The term that the step gave, as JSON; of a step with a loop, a list of those that it gave for the items",
    { memory_mb: 15 },
    "ok",
    [1, 2],
  ),
  ...printedProperty,
  output: text("What the step printed, up to a limit", "checking\n"),
  pushed: described(
    Type.Array(Type.Object(pushedModuleProperties, closed)),
    "Modules that were shipped for this step",
  ),
  pushed_files: described(
    Type.Array(Type.Object(pushedFileProperties, closed)),
    "Files of applications that were shipped for this step",
  ),
  error: stepError,
  ...checkProperties,
};

const hostReport = Type.Object(
  {
    status: hostStatusSchema,
    ignored: Type.Optional(
      described(
        Type.Literal(true),
        "The host was unreachable, and ignore_unreachable keeps it from counting",
        true,
      ),
    ),
    reconnected: Type.Optional(
      described(
        Type.Integer({ minimum: 1 }),
        "How often its connection was lost and came back, where that happened",
        1,
      ),
    ),
    error: hostError,
    phases: Type.Optional(
      described(
        Type.Array(
          Type.Object(
            {
              phase: described(
                oneOf("connect", "authenticate", "tunnel", "runtime", "boot", "handshake"),
                "What was done",
              ),
              started_at: timeSchema,
              duration_ms: milliseconds,
              traffic: Type.Optional(
                described(trafficSchema, "With --profile=roundtrips: what it took of the network"),
              ),
            },
            closed,
          ),
        ),
        "What was done until the host was connected, in order; absent where it was connected before",
      ),
    ),
    runtime: described(
      nullable(Type.Object(runtimeProperties, closed)),
      "What runs on the host; null if it was not reached",
    ),
    transport: Type.Optional(
      described(
        nullable(transportSchema),
        "What carried everything to the host and back; null if it was not reached; absent in reports of old",
        "tunnels",
        null,
      ),
    ),
    traffic: Type.Optional(
      described(
        Type.Object(
          {
            total: described(
              trafficSchema,
              "All of the play, with the way to the host where that was a part of it",
            ),
            facts: Type.Optional(described(trafficSchema, "To learn what the host tells about itself")),
          },
          closed,
        ),
        "With --profile=roundtrips: what the play took of the network on this host",
      ),
    ),
    pushed: pushTotalsSchema,
    fetched: Type.Optional(
      described(
        Type.Array(Type.Object(pushedModuleProperties, closed)),
        "What the host fetched while none of its steps was under way",
      ),
    ),
    facts: Type.Optional(
      described(
        Type.Record(Type.String(), Type.Unknown()),
        "What the host told about itself in this play: facts by name",
        { hostname: "web1" },
      ),
    ),
    steps: described(
      Type.Array(Type.Object({ name: stepName, ...stepProperties }, closed)),
      "The steps that ended, in order",
    ),
  },
  closed,
);

export const version: TSchema = described(Type.Literal(1), "Version of this format");
export const plays = (host: TSchema): TSchema =>
  described(
    Type.Array(
      Type.Object(
        {
          name: playName,
          ...placeProperties,
          hosts: described(byName(host), "Hosts of the play by name"),
        },
        closed,
      ),
    ),
    "The plays, in order",
  );

/** Describes what `--report json=…` writes after a run. */
export const runReportSchema: TSchema = Type.Object(
  {
    version,
    status: runStatusSchema,
    exit_code: exitCodeSchema,
    started_at: timeSchema,
    duration_ms: milliseconds,
    shard: Type.Optional(
      described(
        Type.Object(
          {
            index: described(Type.Integer({ minimum: 1 }), "Which part it is, from 1", 2),
            count: described(Type.Integer({ minimum: 1 }), "How many parts there are", 5),
          },
          closed,
        ),
        "Which part of the hosts this controller took: see --shard",
      ),
    ),
    plays: plays(hostReport),
  },
  { ...closed, title: "Report of a run" },
);
