import { Type, type TSchema } from "typebox";
import { defaultsTo, otherwise, type KeyDocumentation } from "./key-documentation.ts";

/** Values of variables: anything, with `${{ … }}` in its strings. */
export const variables = (documentation: KeyDocumentation): TSchema =>
  Type.Record(Type.String(), Type.Unknown(), { title: "a mapping of names to values", ...documentation });

/** A condition, or several. */
export const condition = ({ description, ...rest }: KeyDocumentation): TSchema =>
  Type.Union([Type.String(), Type.Boolean(), Type.Array(Type.Union([Type.String(), Type.Boolean()]))], {
    title: "an expression, true, false, or a list of them",
    description: `A CEL expression, true or false, or a list of them that must all hold. ${description}`,
    ...rest,
  });

/** A time span. */
export const duration = ({ description, ...rest }: KeyDocumentation): TSchema =>
  Type.Union([Type.String(), Type.Number()], {
    title: 'a duration such as "10s" or "2m", or a number of seconds',
    description: `A duration such as 500ms, 10s, 2m or 1h30m, or a number of seconds. ${description}`,
    ...rest,
  });

/** A text in which `${{ … }}` stands, or what Ansible has in its place, in a key whose values are none. */
export const template = (): TSchema => Type.String({ pattern: "\\{\\{" });

/** The keys that a step of any kind may have. */
export const STEP_KEYS: Record<string, TSchema> = {
  name: Type.String({
    ...otherwise(
      "what the step does, such as run lists.seq(1, 3)",
      "Name of the step.",
      "Collect facts",
      "Install ${{ vars.release }}",
    ),
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
  timeout: duration(
    otherwise("the --timeout of the run", "Limit of one attempt.", "10s", 90, "${{ vars.timeout }}"),
  ),
  max_heap: Type.Union([Type.String(), Type.Number()], {
    title: 'a size such as "256MB", or a number of bytes',
    ...otherwise(
      "no limit",
      "What the process of a call may use of the host's memory; it is killed when it needs more. A size such as 256MB or 1GB, or a number of bytes.",
      "256MB",
    ),
  }),
  retries: Type.Union([Type.Integer({ minimum: 0 }), template()], {
    title: "a whole number that is not negative",
    ...otherwise(
      "3 with until, otherwise 0",
      "How often to try again: while until does not hold, or without until while the step fails.",
      5,
      "${{ vars.retries }}",
    ),
  }),
  delay: duration(defaultsTo(5, "Pause between attempts.", "500ms")),
  backoff: Type.Union([Type.String(), Type.Number()], {
    title: '"constant", "exponential" or a factor of at least 1',
    ...defaultsTo(
      "constant",
      "What each pause between attempts is longer by than the one before: exponential is a factor of 2. None is longer than five minutes, or than delay.",
      "exponential",
      1.5,
    ),
  }),
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
  ignore_errors: Type.Union([Type.Boolean(), template()], {
    title: "true or false",
    ...defaultsTo(
      false,
      "Goes on with the next step even if this one failed.",
      true,
      "${{ host.name == 'old1' }}",
    ),
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
  notify: Type.Union([Type.String(), Type.Array(Type.String())], {
    title: "the name of a handler or a list of names",
    ...defaultsTo(
      [],
      "Handlers of the play, by their names or what they listen to, that are run once where the step changed something.",
      "Restart",
      ["Restart", "web"],
    ),
  }),
  ignore_unreachable: Type.Boolean({
    ...otherwise(
      "as the play says",
      "A host that is lost at the step does not count as unreachable, and takes part in later plays.",
      true,
    ),
  }),
  run_once: Type.Boolean({
    ...defaultsTo(
      false,
      "The first host that comes to the step does it, once for all hosts of the batch; all have its result and its end.",
      true,
    ),
  }),
  any_errors_fatal: Type.Boolean({
    ...otherwise(
      "as the play says",
      "A failure of this step ends the play for all hosts, each after the step that it is at, and the run.",
      true,
    ),
  }),
  delegate_to: Type.String({
    ...otherwise(
      "the step works on the host itself",
      "Another host of the inventory, on which the step works: variables, result and status are those of the host itself.",
      "lb1",
      "${{ groups.db[0] }}",
    ),
  }),
  throttle: Type.Union([Type.Integer({ minimum: 1 }), template()], {
    title: "a whole number of at least 1",
    ...otherwise("no limit", "On how many hosts at most the step is at work at the same time.", 2),
  }),
  no_log: Type.Boolean({
    ...defaultsTo(
      false,
      "Keeps arguments, result and output of the step out of everything that is shown or written.",
      true,
    ),
  }),
};
