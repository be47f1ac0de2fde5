import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";
import { exitCodeSchema, runStatusSchema, timeSchema } from "./report-schema.ts";

/** Closed: a key that nobody described is a mistake of ours. */
const closed = { additionalProperties: false } as const;

const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);
const names = (description: string): TSchema => described(Type.Array(Type.String()), description, ["web1"]);

const run = Type.Object(
  {
    file: described(Type.String(), "The report, as it was named", "monday.json"),
    status: runStatusSchema,
    exit_code: exitCodeSchema,
    started_at: timeSchema,
  },
  closed,
);

const part = Type.Object(
  {
    what: described(
      Type.Unsafe({
        type: "string",
        enum: ["step", "status", "runtime", "transport", "error", "result", "output", "pushed"],
      }),
      "What changed; step says that only one of the runs has it",
    ),
    before: described(
      nullable(Type.String()),
      "How it was, as text; null where there was nothing",
      "%{memory_mb: 15}",
      null,
    ),
    after: described(
      nullable(Type.String()),
      "How it is; null where there is nothing",
      "%{memory_mb: 12}",
      null,
    ),
  },
  closed,
);

const change = Type.Object(
  {
    step: described(
      nullable(Type.String()),
      "Name of the step, as it is written where hosts or runs have other ones; null for what is a matter of the host itself",
      "Collect",
      null,
    ),
    hosts: names("The hosts on which just this changed"),
    parts: described(Type.Array(part, { minItems: 1 }), "What changed there"),
  },
  closed,
);

const play = Type.Object(
  {
    name: described(Type.String(), "Name of the play", "Fleet health"),
    hosts: described(Type.Integer({ minimum: 0 }), "How many hosts both runs have in the play", 20),
    only_before: names("Hosts that only the first run has"),
    only_after: names("Hosts that only the second run has"),
    changes: described(Type.Array(change), "What changed, in the order of the steps"),
  },
  closed,
);

/** Describes what `diff --json` writes: the source of `schemas/diff.schema.json`. */
export const comparisonSchema: TSchema = Type.Object(
  {
    version: described(Type.Literal(1), "Version of this format"),
    same: described(Type.Boolean(), "Whether nothing changed", false),
    before: described(run, "The first run"),
    after: described(run, "The second run"),
    plays: described(Type.Array(play), "The plays of both runs, in order"),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:fusion-play:schema:diff:1",
    title: "fusion-play comparison",
    description: "What diff --json writes",
  },
);
