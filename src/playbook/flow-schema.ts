import { Type, type TSchema } from "typebox";
import { defaultsTo, otherwise, required, type KeyDocumentation } from "./key-documentation.ts";
import { condition, duration, template, variables } from "./step-keys.ts";

/** Schemas of what stands below the key of a kind that touches no code. */
export const SET_SCHEMA: TSchema = variables(
  required("Variables of the host for the rest of the run; each may use the ones before it.", {
    port: "${{ result.port }}",
  }),
);

export const FAIL_SCHEMA: TSchema = Type.Union(
  [
    Type.String(),
    Type.Object(
      { message: Type.String({ ...required("What is wrong.", "no disk is free") }) },
      { additionalProperties: false },
    ),
  ],
  {
    title: "a message, or a mapping with message",
    ...required("Fails where the step is reached, with this message.", "no disk is free"),
  },
);

const count = (documentation: KeyDocumentation): TSchema =>
  Type.Union([Type.Number({ minimum: 0 }), template()], {
    title: "a number that is not negative",
    ...documentation,
  });

export const PAUSE_SCHEMA: TSchema = Type.Union(
  [
    Type.String(),
    Type.Number(),
    Type.Object(
      {
        seconds: Type.Optional(count(defaultsTo(0, "Seconds of the pause.", 10))),
        minutes: Type.Optional(count(defaultsTo(0, "Minutes of the pause.", 1, "${{ vars.minutes }}"))),
      },
      { additionalProperties: false },
    ),
  ],
  {
    title: 'a duration such as "10s" or "2m", a number of seconds, or a mapping with seconds and minutes',
    ...required("How long the host waits.", "10s", { minutes: 1 }),
  },
);

export const WAIT_FOR_SCHEMA: TSchema = Type.Object(
  {
    port: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: 65535 }), Type.String()], {
        title: "a number of a port, or a template",
        ...otherwise("no port is waited for", "Waits until the host can connect to this port.", 8080),
      }),
    ),
    host: Type.Optional(
      Type.String({
        ...defaultsTo("127.0.0.1", "Where the port is, as the host sees it.", "db1.example.org"),
      }),
    ),
    path: Type.Optional(
      Type.String({
        ...otherwise(
          "no file is waited for",
          "Waits until this file or folder is there on the host.",
          "/run/app.pid",
        ),
      }),
    ),
    state: Type.Optional(
      Type.Unsafe({
        type: "string",
        enum: ["started", "stopped", "present", "absent"],
        ...otherwise(
          "started, or present",
          "What is waited for: a port that is started or stopped, a path that is present or absent.",
          "stopped",
        ),
      }),
    ),
    run: Type.Optional(
      Type.String({
        ...otherwise(
          "nothing is called",
          "Makes this call until the condition holds.",
          "RemoteHealth.status()",
        ),
      }),
    ),
    until: Type.Optional(
      condition(otherwise("required beside run", "result is what the call gave.", "result == 'ready'")),
    ),
    sleep: Type.Optional(duration(defaultsTo(1, "Pause between two questions.", "500ms"))),
  },
  {
    additionalProperties: false,
    title: "a mapping with port, path or run",
    ...required(
      "Waits for a port, a file or the result of a call; for no longer than the timeout of the step.",
      { port: 8080 },
      { path: "/run/app.pid", state: "absent" },
    ),
  },
);

export const META_SCHEMA: TSchema = Type.Unsafe({
  type: "string",
  enum: ["end_host", "end_play", "flush_handlers"],
  ...required(
    "Ends the play for the host, or for all hosts, without a failure; or runs the handlers that were notified until now.",
    "end_host",
  ),
});
