import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";

/** Closed: a key that nobody described is a mistake of ours. */
const closed = { additionalProperties: false } as const;

const oneOf = (...values: string[]): TSchema => Type.Unsafe({ type: "string", enum: values });
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);

const source = Type.Object(
  {
    level: described(
      oneOf("group", "host", "play", "step", "extra"),
      "The level that gives the variable; of those but step the highest one wins",
    ),
    by: described(
      nullable(Type.String()),
      "The group, the host, the key of the play (vars, vars_prompt, vars_files) or the name of the step; null on the command line",
      "web",
      null,
    ),
    state: described(
      oneOf("known", "secret", "unknown"),
      "Whether the value is shown: secret ones are not, and unknown ones depend on what a run finds",
    ),
    value: described(Type.Unknown(), "The value; null unless it is known", 8080, "north", null),
    file: described(
      Type.String(),
      "The file or program that gives it, or --extra-vars",
      "group_vars/web.yml",
    ),
    line: described(
      nullable(Type.Integer({ minimum: 1 })),
      "Its line; null where a program, a module or the command line gives it",
      4,
      null,
    ),
  },
  closed,
);

const variable = Type.Object(
  {
    name: described(Type.String(), "Its name", "port"),
    given: described(
      Type.Array(source, { minItems: 1 }),
      "All that give it, the winner first; what steps give to themselves alone stands at the end",
    ),
  },
  closed,
);

/** Describes what `fusion-play vars --json` writes: the source of `schemas/variables.schema.json`. */
export const variablesSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fusion-play:schema:variables:1",
  title: "fusion-play vars",
  description: "What fusion-play vars --json writes, with and without --explain",
  ...Type.Object(
    {
      version: described(Type.Literal(1), "Version of this format"),
      host: described(Type.String(), "The host", "web1"),
      plays: described(
        Type.Array(
          Type.Object(
            {
              name: described(
                nullable(Type.String()),
                "The play; null without a playbook",
                "Fleet health",
                null,
              ),
              variables: described(Type.Array(variable), "Its variables, sorted by name"),
            },
            closed,
          ),
        ),
        "One for each play that has the host; without a playbook one that has no name",
      ),
    },
    closed,
  ),
});
