import { Type, type TSchema } from "typebox";
import { ASSERT_SCHEMA } from "./assert-schema.ts";
import { FAIL_SCHEMA, META_SCHEMA, PAUSE_SCHEMA, SET_SCHEMA, WAIT_FOR_SCHEMA } from "./flow-schema.ts";
import { defaultsTo, otherwise, required } from "./key-documentation.ts";
import { STEP_KEYS, variables } from "./step-keys.ts";

/** The kinds of step, in the order in which messages name them. */
export const STEP_KINDS = [
  "push",
  "run",
  "eval",
  "assert",
  "set",
  "fail",
  "pause",
  "wait_for",
  "meta",
  "block",
  "include_steps",
] as const;

export type StepKind = (typeof STEP_KINDS)[number];

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
  "ignore_unreachable",
  "run_once",
  "throttle",
  "max_heap",
  "any_errors_fatal",
  "delegate_to",
  "no_log",
  "notify",
]);

/** Keys that belong to one kind, besides the kind's own. */
const extraKeys: Readonly<Record<StepKind, Readonly<Record<string, TSchema>>>> = {
  push: { purge: purgeKey, transaction: transactionKey },
  run: { purge: purgeKey },
  eval: { purge: purgeKey },
  assert: {},
  set: {},
  fail: {},
  pause: {},
  wait_for: {},
  meta: {},
  include_steps: {},
  block: {
    rescue: sectionKey(
      "Steps to run where one of the block failed, with failed_step and failed_result; the host goes on if they succeed.",
    ),
    always: sectionKey(
      "Steps to run in the end, whatever became of the others, also when the run is stopped.",
    ),
  },
};

/** Kinds that may have some of the common keys only. */
const KEYS_OF: Partial<Record<StepKind, ReadonlySet<string>>> = {
  block: BLOCK_KEYS,
  include_steps: BLOCK_KEYS,
  meta: new Set(["name", "when", "vars", "tags"]),
};

const includeKey: TSchema = Type.String({
  ...required(
    "A YAML file that is a list of steps, relative to the file that names it: its steps are done here.",
    "steps/upgrade.yml",
  ),
});

const kindKeys: Readonly<Record<StepKind, TSchema>> = {
  push: pushKey,
  run: runKey,
  eval: evalKey,
  assert: ASSERT_SCHEMA,
  set: SET_SCHEMA,
  fail: FAIL_SCHEMA,
  pause: PAUSE_SCHEMA,
  wait_for: WAIT_FOR_SCHEMA,
  meta: META_SCHEMA,
  block: blockKey,
  include_steps: includeKey,
};

/** The schema of each kind of step: chosen by the kind's key, so that a mistake is reported once. */
export const STEP_SCHEMAS: Readonly<Record<StepKind, TSchema>> = {
  push: stepSchema("push"),
  run: stepSchema("run"),
  eval: stepSchema("eval"),
  assert: stepSchema("assert"),
  set: stepSchema("set"),
  fail: stepSchema("fail"),
  pause: stepSchema("pause"),
  wait_for: stepSchema("wait_for"),
  meta: stepSchema("meta"),
  block: stepSchema("block"),
  include_steps: stepSchema("include_steps"),
};

function stepSchema(kind: StepKind): TSchema {
  const common = Object.entries(STEP_KEYS).filter(([key]) => KEYS_OF[kind]?.has(key) ?? true);
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
