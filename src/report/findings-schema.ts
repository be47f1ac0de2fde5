import { Type, type TSchema } from "typebox";
import { EFFECT_NAMES } from "../playbook/effects.ts";
import { described } from "./described.ts";

/** Closed: a key that nobody described is a mistake of ours. */
const closed = { additionalProperties: false } as const;

const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);

const moduleName: TSchema = described(Type.String(), "As the BEAM has it", "Elixir.RemoteHealth", "my_app");
const functionName: TSchema = described(Type.String(), "Name of the function", "start_link");
const arity: TSchema = described(Type.Integer({ minimum: 0 }), "Number of its arguments", 1);

const functionProperties = { module: moduleName, function: functionName, arity };

const partOfFunction: TSchema = Type.Object(
  {
    module: described(nullable(Type.String()), "As the BEAM has it", "my_app", null),
    function: described(nullable(Type.String()), "Name of the function", "start_link", null),
    arity: described(nullable(Type.Integer({ minimum: 0 })), "Number of its arguments", 1, null),
  },
  closed,
);

const caller: TSchema = Type.Object(
  {
    ...functionProperties,
    file: described(
      nullable(Type.String()),
      "The source, as its compiler was given it",
      "lib/remote_health.ex",
      null,
    ),
    line: described(nullable(Type.Integer({ minimum: 0 })), "Line of the first call", 12, null),
  },
  closed,
);

/** A list of problems, or of warnings. */
export function problemsSchema(errorCode: TSchema, description: string): TSchema {
  const problem = Type.Object(
    {
      code: errorCode,
      message: described(Type.String(), "What is wrong, for people", "There is no module helth"),
      called: Type.Optional(
        described(
          Type.Object(functionProperties, closed),
          "The function that would be missing, or is denied",
        ),
      ),
      callers: Type.Optional(
        described(Type.Array(caller), "The functions of a module that is shipped which call it"),
      ),
    },
    closed,
  );
  return described(Type.Array(problem), description);
}

const effect: TSchema = Type.Unsafe({ type: "string", enum: EFFECT_NAMES });

/** What a module that would be shipped does to hosts. */
export const effectProperties: Readonly<Record<string, TSchema>> = {
  effects: described(
    Type.Array(effect),
    "Effects that it may come to, its own and those of the modules that it needs; docs/playbooks.md explains each",
    ["os.cmd", "dynamic"],
    [],
  ),
  own_effects: described(
    Type.Array(
      Type.Object(
        {
          effect: described(effect, "What it does"),
          called: described(
            nullable(partOfFunction),
            "The function that has the effect; null of one that runs when the module is loaded",
            { module: "os", function: "cmd", arity: 1 },
            null,
          ),
          callers: described(Type.Array(caller), "The functions of the module that call it"),
        },
        closed,
      ),
    ),
    "Effects that it has by itself",
  ),
};

/** What is not known of the code that a step ships. */
export const unknownCallProperties: Readonly<Record<string, TSchema>> = {
  unknown_calls: described(
    Type.Array(
      Type.Object(
        {
          module: moduleName,
          called: described(
            partOfFunction,
            "What is known of the function that is called; null is what is not",
          ),
          callers: described(
            Type.Array(caller),
            "The functions that call it; none where the code is newer than what can be read",
          ),
        },
        closed,
      ),
    ),
    "Calls of functions that are chosen at run time, in the modules that would be shipped",
  ),
  unchecked_calls: described(
    Type.Array(Type.Object(functionProperties, closed)),
    "Functions of Erlang or Elixir that are called while that is not installed here, so that nothing is known of them",
  ),
};
