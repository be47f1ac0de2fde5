import { Type, type TSchema } from "typebox";
import { otherwise, required } from "./key-documentation.ts";

const expression: TSchema = Type.Union([Type.String(), Type.Boolean()]);

const expressions: readonly TSchema[] = [expression, Type.Array(expression, { minItems: 1 })];

const language = (name: "elixir" | "erlang", example: string): TSchema =>
  Type.Object(
    { [name]: Type.String({ ...required("A pattern of this language.", example) }) },
    { additionalProperties: false },
  );

const long: TSchema = Type.Object(
  {
    that: Type.Optional(
      Type.Union([...expressions], {
        title: "an expression or a list of them",
        ...otherwise(
          "nothing",
          "A CEL expression that must be true, or a list of them.",
          "health.memory_mb >= 512",
          ["result != null", "size(result) > 0"],
        ),
      }),
    ),
    value: Type.Optional(
      Type.Unknown({
        ...otherwise(
          "the result of the step before",
          "What equals, match and schema look at.",
          "${{ health }}",
        ),
      }),
    ),
    equals: Type.Optional(
      Type.Unknown({
        ...otherwise(
          "nothing",
          'The term that the value must be; !atom ok and "ok" are told apart.',
          42,
          "${{ vars.expected }}",
        ),
      }),
    ),
    match: Type.Optional(
      Type.Union([Type.String(), language("elixir", "{:ok, _}"), language("erlang", "{ok, _}")], {
        title: 'a pattern such as "{:ok, _}", or a mapping with "elixir" or "erlang"',
        ...otherwise(
          "nothing",
          "An Elixir or Erlang pattern; that and message may use the variables it binds.",
          "{:ok, _}",
          { erlang: "{ok, Pid}" },
        ),
      }),
    ),
    schema: Type.Optional(
      Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Boolean()], {
        title: "a JSON Schema",
        ...otherwise("nothing", "A JSON Schema (2020-12) that the value must satisfy.", {
          type: "object",
          required: ["status"],
        }),
      }),
    ),
    message: Type.Optional(
      Type.String({
        ...otherwise(
          "what was expected and what is there",
          "What to say where the assertion does not hold.",
          "only ${{ health.memory_mb }} MB",
        ),
      }),
    ),
  },
  { additionalProperties: false },
);

/** Schema of the key `assert`: expressions alone, or the long form. */
export const ASSERT_SCHEMA: TSchema = Type.Union([...expressions, long], {
  title: "an expression, a list of them, or a mapping with that, value, equals, match, schema or message",
  ...required(
    "What must hold; where it does not, the step fails.",
    "health.memory_mb >= 512",
    { equals: 42 },
    { match: "{:ok, _}" },
  ),
});
