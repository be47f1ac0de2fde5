import { Type, type TSchema } from "typebox";
import { ASSERT_SCHEMA } from "./assert-schema.ts";
import { defaultsTo, otherwise, required, type KeyDocumentation } from "./key-documentation.ts";

/** The kinds of step, in the order in which messages name them. */
export const STEP_KINDS = ["push", "run", "eval", "assert", "block"] as const;

export type StepKind = (typeof STEP_KINDS)[number];

/** Values of variables: anything, with `${{ … }}` in its strings. */
const variables = (documentation: KeyDocumentation): TSchema =>
  Type.Record(Type.String(), Type.Unknown(), { title: "a mapping of names to values", ...documentation });

const condition = ({ description, ...rest }: KeyDocumentation): TSchema =>
  Type.Union([Type.String(), Type.Boolean(), Type.Array(Type.Union([Type.String(), Type.Boolean()]))], {
    title: "an expression, true, false, or a list of them",
    description: `A CEL expression, true or false, or a list of them that must all hold. ${description}`,
    ...rest,
  });

const duration = ({ description, ...rest }: KeyDocumentation): TSchema =>
  Type.Union([Type.String(), Type.Number()], {
    title: 'a duration such as "10s" or "2m", or a number of seconds',
    description: `A duration such as 500ms, 10s, 2m or 1h30m, or a number of seconds. ${description}`,
    ...rest,
  });

/** The keys that a step of any kind may have. */
const commonKeys: Record<string, TSchema> = {
  name: Type.String({
    ...otherwise("what the step does, such as run lists.seq(1, 3)", "Name of the step.", "Collect facts"),
  }),
  when: condition(
    defaultsTo(true, "The step is skipped where it does not hold.", "vars.env == 'prod'", [
      "has(vars.env)",
      "host.name != 'db1'",
    ]),
  ),
  loop: Type.Unsafe({
    title: "a list, a mapping or an expression",
    ...otherwise(
      "the step is done once",
      "Does the step for each item of a list, or each entry of a mapping: item, or item.key and item.value. A text is a CEL expression.",
      ["a", "b"],
      "vars.names",
      "range(1, 5)",
      { web: 80, admin: 8080 },
    ),
  }),
  loop_control: Type.Object(
    {
      label: Type.Optional(
        Type.Unsafe({
          ...otherwise(
            "the item itself, of an entry of a mapping its key",
            "What an item is called in reports.",
            "${{ item.name }}",
          ),
        }),
      ),
      index_var: Type.Optional(
        Type.String({
          ...otherwise("no name", "Name that has the number of the item, from 0.", "index"),
        }),
      ),
      parallel: Type.Optional(
        Type.Integer({
          title: "a whole number of at least 1",
          minimum: 1,
          maximum: 1000,
          ...defaultsTo(1, "How many items are worked on at the same time.", 4),
        }),
      ),
      pause: Type.Optional(duration(defaultsTo(0, "Pause between two items.", "500ms"))),
    },
    {
      additionalProperties: false,
      title: "a mapping with label, index_var, parallel and pause",
      ...defaultsTo({}, "How the items of a loop are gone through.", {
        label: "${{ item.name }}",
        parallel: 4,
      }),
    },
  ),
  register: Type.String({
    ...otherwise(
      "the result is not kept",
      "Keeps the result under this name, for the steps after it.",
      "health",
    ),
  }),
  timeout: duration(otherwise("the --timeout of the run", "Limit of one attempt.", "10s", 90)),
  retries: Type.Integer({
    title: "a whole number that is not negative",
    minimum: 0,
    ...otherwise(
      "3 with until, otherwise 0",
      "How often to try again: while until does not hold, or without until while the step fails.",
      5,
    ),
  }),
  delay: duration(defaultsTo(5, "Pause between attempts.", "500ms")),
  until: condition(
    otherwise(
      "no condition",
      "The step is tried again while it does not hold; result is its own result.",
      "result.status == 'ok'",
    ),
  ),
  vars: variables(defaultsTo({}, "Variables of this step: vars.name in its expressions.", { limit: 512 })),
  tags: Type.Union([Type.String(), Type.Array(Type.String())], {
    title: "a word or a list of words",
    ...defaultsTo([], "Words to choose steps by, with --tags and --skip-tags.", ["slow", "disk"]),
  }),
  ignore_errors: Type.Boolean({
    ...defaultsTo(false, "Goes on with the next step even if this one failed.", true),
  }),
  failed_when: condition(
    otherwise(
      "what the answer says",
      "Whether the step failed, in the place of an answer {error, Reason}; result is its own result.",
      "result.code != 0",
    ),
  ),
  changed_when: condition(
    otherwise(
      "what the answer says",
      "Whether the step changed something, in the place of an answer {changed, Result}; result is its own result.",
      "result == 'restarted'",
    ),
  ),
  no_log: Type.Boolean({
    ...defaultsTo(
      false,
      "Keeps arguments, result and output of the step out of everything that is shown or written.",
      true,
    ),
  }),
};

const pushKey: TSchema = Type.Union(
  [
    Type.String(),
    Type.Array(Type.String(), { minItems: 1 }),
    Type.Object(
      {
        app: Type.String({ ...required("Name of the OTP application.", "my_app") }),
        config: Type.Optional(
          variables(
            defaultsTo({}, "Values of its environment, set before it is started.", {
              port: 8080,
              level: "${{ vars.level }}",
            }),
          ),
        ),
        start: Type.Optional(
          Type.Boolean({ ...defaultsTo(false, "Starts it, with those that it needs.", true) }),
        ),
      },
      { additionalProperties: false },
    ),
  ],
  {
    title: "the name of a module, a list of names, or a mapping with app",
    ...required(
      "Modules to ship, with all that they need, or an OTP application as a whole.",
      "RemoteHealth",
      ["RemoteHealth", "my_app"],
      { app: "my_app", start: true },
    ),
  },
);

const runKey: TSchema = Type.Union(
  [
    Type.String(),
    Type.Object(
      {
        module: Type.String({ ...required("Name of the module.", "RemoteHealth", "lists") }),
        function: Type.String({ ...required("Name of the function.", "check") }),
        args: Type.Optional(Type.Array(Type.Unknown(), { ...defaultsTo([], "Its arguments.", ["a", 1]) })),
      },
      { additionalProperties: false },
    ),
  ],
  {
    title: "a call such as lists.seq(1, 3) or lists:seq(1, 3), or a mapping with module, function and args",
    ...required(
      "The call in the syntax of Elixir or Erlang, or its module, function and arguments.",
      "RemoteHealth.check()",
      'os:cmd("hostname")',
      { module: "lists", function: "seq", args: [1, 10] },
    ),
  },
);

const oneLanguage = "the code is in the other language; one of the two is required";

const evalKey: TSchema = Type.Object(
  {
    elixir: Type.Optional(
      Type.String({
        ...otherwise(oneLanguage, "Elixir code; its last expression is the result.", 'File.ls!("/etc")'),
      }),
    ),
    erlang: Type.Optional(
      Type.String({
        ...otherwise(oneLanguage, "Erlang expressions; the last one is the result.", "erlang:memory(total)"),
      }),
    ),
    bindings: Type.Optional(
      variables(defaultsTo({}, "Values of variables of the code.", { path: "${{ vars.path }}" })),
    ),
  },
  {
    additionalProperties: false,
    title: 'a mapping with "elixir" or "erlang"',
    ...required("Code that is compiled here and shipped as bytecode.", { erlang: "erlang:memory(total)" }),
  },
);

const purgeKey: TSchema = Type.Optional(
  Type.Unsafe({
    type: "string",
    enum: ["soft", "hard"],
    ...defaultsTo(
      "soft",
      "What becomes of processes that still run a version of a module that is replaced: the step fails and names them, or they are killed.",
      "hard",
    ),
  }),
);

const transactionKey: TSchema = Type.Optional(
  Type.Boolean({
    ...defaultsTo(
      false,
      "Loads the modules on all hosts of the batch or on none: each host prepares them, and loads them if all hosts could.",
      true,
    ),
  }),
);

const EXAMPLE_STEP = { run: 'os:cmd("hostname")' };

const blockKey: TSchema = Type.Array(Type.Unknown(), {
  title: "a list of steps",
  minItems: 1,
  ...required("Steps that belong together: what the block says holds for each of them.", [EXAMPLE_STEP]),
});

const sectionKey = (description: string): TSchema =>
  Type.Optional(
    Type.Array(Type.Unknown(), {
      title: "a list of steps",
      minItems: 1,
      ...otherwise("no steps", description, [EXAMPLE_STEP]),
    }),
  );

/** Those of the common keys that a block may have. */
const BLOCK_KEYS: ReadonlySet<string> = new Set([
  "name",
  "when",
  "timeout",
  "vars",
  "tags",
  "ignore_errors",
  "no_log",
]);

/** Keys that belong to one kind, besides the kind's own. */
const extraKeys: Readonly<Record<StepKind, Readonly<Record<string, TSchema>>>> = {
  push: { purge: purgeKey, transaction: transactionKey },
  run: { purge: purgeKey },
  eval: { purge: purgeKey },
  assert: {},
  block: {
    rescue: sectionKey(
      "Steps to run where one of the block failed, with failed_step and failed_result; the host goes on if they succeed.",
    ),
    always: sectionKey(
      "Steps to run in the end, whatever became of the others, also when the run is stopped.",
    ),
  },
};

const kindKeys: Readonly<Record<StepKind, TSchema>> = {
  push: pushKey,
  run: runKey,
  eval: evalKey,
  assert: ASSERT_SCHEMA,
  block: blockKey,
};

/** The schema of each kind of step: chosen by the kind's key, so that a mistake is reported once. */
export const STEP_SCHEMAS: Readonly<Record<StepKind, TSchema>> = {
  push: stepSchema("push"),
  run: stepSchema("run"),
  eval: stepSchema("eval"),
  assert: stepSchema("assert"),
  block: stepSchema("block"),
};

function stepSchema(kind: StepKind): TSchema {
  const common = Object.entries(commonKeys).filter(([key]) => kind !== "block" || BLOCK_KEYS.has(key));
  const optional = common.map(([key, schema]) => [key, Type.Optional(schema)]);
  return Type.Object(
    {
      [kind]: kindKeys[kind],
      ...extraKeys[kind],
      ...(Object.fromEntries(optional) as Record<string, TSchema>),
    },
    { additionalProperties: false, description: `A step of the kind ${kind}.` },
  );
}
