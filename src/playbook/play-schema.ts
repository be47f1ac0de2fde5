import { Type, type TSchema } from "typebox";
import { EFFECT_NAMES } from "./effects.ts";
import { defaultsTo, otherwise, required } from "./key-documentation.ts";
import { condition, template, variables } from "./step-keys.ts";

const batch: TSchema = Type.Union([Type.Integer({ minimum: 1 }), Type.String()], {
  title: "a number of hosts of at least 1, or a percentage",
});

const effect: TSchema = Type.Unsafe({ type: "string", enum: EFFECT_NAMES });

const prompt: TSchema = Type.Object(
  {
    name: Type.String({ ...required("Name of the variable.", "release") }),
    prompt: Type.Optional(
      Type.String({ ...otherwise("the name of the variable", "What to ask.", "Which release?") }),
    ),
    default: Type.Optional(
      Type.Unknown({
        ...otherwise("none", "Value where nothing is typed, or where there is no terminal.", "latest"),
      }),
    ),
    private: Type.Optional(
      Type.Boolean({ ...defaultsTo(true, "Shows nothing of what is typed, nor of the value later.", false) }),
    ),
    confirm: Type.Optional(Type.Boolean({ ...defaultsTo(false, "Asks twice for the same.", true) })),
  },
  { additionalProperties: false, title: "a prompt with name and prompt" },
);

const keys: Record<string, TSchema> = {
  name: Type.Optional(
    Type.String({
      ...otherwise(
        "the hosts of the play",
        "Name of the play.",
        "Fleet health",
        "Upgrade of ${{ vars.target }}",
      ),
    }),
  ),
  hosts: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
    title: "a host pattern or a list of them",
    ...required(
      "Host pattern as Ansible writes them, or a list of patterns.",
      "web:&staging:!web3",
      ["web", "db"],
      "${{ vars.target }}",
    ),
  }),
  modules: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String())], {
      title: "a path or a list of paths",
      ...defaultsTo(
        [],
        "Where the play's modules are: ebin folders, globs, .beam files, .ex and .erl sources, relative to the playbook.",
        ["../health/_build/prod/lib/*/ebin", "lib/remote_health.ex"],
      ),
    }),
  ),
  code_loading: Type.Optional(
    Type.Unsafe({
      type: "string",
      enum: ["closure", "on_demand", "closure+on_demand"],
      ...defaultsTo(
        "closure",
        "How the code of calls gets to a host: closure ships what a call needs before it, on_demand lets the host fetch each module when it is first called, closure+on_demand does both.",
        "on_demand",
      ),
    }),
  ),
  runtime: Type.Optional(
    Type.Object(
      {
        bundle: Type.String({
          minLength: 1,
          ...required("A file made by fusion-play bundle, relative to the playbook.", "../otp.tar.gz"),
        }),
      },
      {
        additionalProperties: false,
        title: "a mapping with bundle",
        ...otherwise("the Erlang of the hosts", "A runtime that hosts are brought, once, and boot from.", {
          bundle: "../otp.tar.gz",
        }),
      },
    ),
  ),
  transport: Type.Optional(
    Type.Unsafe({
      enum: ["auto", "tunnels", "stdio"],
      ...defaultsTo(
        "auto",
        "What carries everything to hosts and back: tunnels of the SSH connection, stdio for servers that forward nothing, auto for tunnels where the server allows them.",
        "stdio",
      ),
    }),
  ),
  vars: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      title: "a mapping of names to values",
      ...defaultsTo({}, "Variables of the play: vars.name in expressions.", { min_memory_mb: 512 }),
    }),
  ),
  vars_files: Type.Optional(
    Type.Union(
      [Type.String(), Type.Array(Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })]))],
      {
        title: "a path or a list of paths",
        ...defaultsTo(
          [],
          "Files of variables, relative to the playbook, in YAML or JSON; of a list inside the list the first one that exists counts.",
          ["vars/common.yml", ["vars/local.yml", "vars/default.yml"]],
        ),
      },
    ),
  ),
  vars_prompt: Type.Optional(
    Type.Array(prompt, {
      title: "a list of prompts",
      ...defaultsTo([], "Variables to ask for at the terminal before the run.", [
        { name: "release", prompt: "Which release?", default: "latest", private: false },
      ]),
    }),
  ),
  gather_facts: Type.Optional(
    Type.Boolean({
      ...defaultsTo(
        false,
        "Asks each host about itself before the first step, once in a run: facts.os, facts.memory and so on in expressions.",
        true,
      ),
    }),
  ),
  serial: Type.Optional(
    Type.Union([batch, Type.Array(batch, { minItems: 1 })], {
      title: "a number of hosts, a percentage, or a list of them",
      ...defaultsTo(
        "100%",
        "How many hosts to finish before the next ones: numbers or percentages, of which the last repeats.",
        5,
        "25%",
        [1, "25%", "100%"],
        "${{ vars.batch }}",
      ),
    }),
  ),
  max_fail_percentage: Type.Optional(
    Type.Union([Type.Number({ minimum: 0, maximum: 100 }), template()], {
      title: "a number from 0 to 100",
      ...otherwise(
        "no limit",
        "The play stops when more than this share of a batch failed or was unreachable.",
        10,
      ),
    }),
  ),
  strategy: Type.Optional(
    Type.Unsafe({
      type: "string",
      enum: ["linear", "free", "host_pinned"],
      ...defaultsTo(
        "host_pinned",
        "How the hosts of a batch go through the steps: linear has all of them do a step before any begins the next one, host_pinned lets each go on by itself to its end, free lets hosts take turns at each step where they are more than --concurrency.",
        "linear",
        "free",
      ),
    }),
  ),
  order: Type.Optional(
    Type.Unsafe({
      type: "string",
      enum: ["inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle"],
      ...defaultsTo(
        "inventory",
        "In which order hosts begin, and batches are cut: as the inventory has them, by name, or by chance.",
        "sorted",
        "shuffle",
      ),
    }),
  ),
  any_errors_fatal: Type.Optional(
    Type.Boolean({
      ...defaultsTo(
        false,
        "The first host that fails or is unreachable ends the play for all hosts, each after the step that it is at, and the run.",
        true,
      ),
    }),
  ),
  ignore_unreachable: Type.Optional(
    Type.Boolean({
      ...defaultsTo(
        false,
        "Hosts that are unreachable do not count as such, and take part in later plays.",
        true,
      ),
    }),
  ),
  policy: Type.Optional(
    Type.Object(
      {
        deny: Type.Optional(
          Type.Array(effect, {
            title: "a list of effects",
            ...defaultsTo(
              [],
              "Effects that no code of the play may have. It is refused before anything is run; a dry run ends with exit code 7.",
              ["os.cmd", "open_port", "nif"],
            ),
          }),
        ),
        allow_missing: Type.Optional(
          Type.Union([Type.String(), Type.Array(Type.String())], {
            title: "a module, a function or a list of them",
            ...defaultsTo(
              [],
              "Modules and functions that a dry run need not find: hosts have them, or the code does without.",
              ["Jason", "my_release:vsn/0"],
            ),
          }),
        ),
      },
      {
        additionalProperties: false,
        title: "a mapping with deny and allow_missing",
        ...defaultsTo({}, "What the code of the play may do on hosts.", { deny: ["os.cmd"] }),
      },
    ),
  ),
};

/** What a handler listens to, which no other step has. */
export const LISTEN_SCHEMA: TSchema = Type.Object({
  listen: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String())], {
      title: "a word or a list of words",
      ...defaultsTo(
        [],
        "Other names that steps may notify: all handlers that listen to one are notified.",
        "web",
        ["web", "db"],
      ),
    }),
  ),
});

/** A play, but for its steps and handlers, each of which is validated by the schema of its kind. */
export const PLAY_SCHEMA: TSchema = Type.Object(
  {
    ...keys,
    steps: Type.Array(Type.Unknown(), {
      title: "a list of steps",
      ...required("What to do on each host, in this order.", [{ run: 'os:cmd("hostname")' }]),
    }),
    handlers: Type.Optional(
      Type.Array(Type.Unknown(), {
        title: "a list of steps with names",
        ...defaultsTo(
          [],
          "Steps that are run on a host after the others, each once and in this order, where a step that notifies them changed something.",
          [{ name: "Restart", run: "my_app:restart()" }],
        ),
      }),
    ),
    force_handlers: Type.Optional(
      Type.Boolean({
        ...defaultsTo(
          false,
          "Runs the handlers that were notified before it also on a host that failed.",
          true,
        ),
      }),
    ),
  },
  { additionalProperties: false },
);

/** In the place of a play: the plays of another file. */
export const IMPORT_SCHEMA: TSchema = Type.Object(
  {
    import_playbook: Type.String({
      ...required("A playbook whose plays are done here, relative to this one.", "database.yml"),
    }),
    name: Type.Optional(
      Type.String({ ...otherwise("none", "Says what is imported, for those who read it.", "The database") }),
    ),
    when: Type.Optional(
      condition(
        defaultsTo(true, "Must hold for each step of the plays, besides its own.", "vars.env == 'prod'"),
      ),
    ),
    vars: Type.Optional(
      variables(
        defaultsTo({}, "Variables of the plays, in the place of those in their vars.", { release: "2.0" }),
      ),
    ),
    tags: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], {
        title: "a word or a list of words",
        ...defaultsTo([], "Words that each step of the plays gets, besides its own.", "database"),
      }),
    ),
  },
  { additionalProperties: false },
);
