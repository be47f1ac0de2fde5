import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";

/** Closed: a key that nobody described is a mistake of ours. */
const closed = { additionalProperties: false } as const;

const oneOf = (...values: string[]): TSchema => Type.Unsafe({ type: "string", enum: values });
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);
const text = (description: string, example: string): TSchema =>
  described(nullable(Type.String()), `${description}; null where it is not known`, example, null);

const status = oneOf("ok", "failed", "unreachable");

const check = Type.Object(
  {
    name: described(
      oneOf("ssh", "forwarding", "become", "commands", "erlang", "elixir", "clock", "cache"),
      "What was looked at",
    ),
    status: described(
      oneOf("ok", "warning", "failed"),
      "Whether it is as it should be; plays can run in spite of a warning",
    ),
    found: described(Type.String(), "What was found", "OTP 25, /usr/bin/erl"),
    code: described(
      nullable(Type.String()),
      "Code of the error that a run would end with",
      "ERL_NOT_FOUND",
      null,
    ),
    hint: described(
      nullable(Type.String()),
      "What to try; null where nothing is wrong",
      "Install Erlang on the host",
      null,
    ),
  },
  closed,
);

const facts = Type.Object(
  {
    user: text("Who logged in", "deploy"),
    login: text("What the server accepted", 'key "/home/me/.ssh/id_ed25519"'),
    become: described(
      nullable(Type.String()),
      "Whom the BEAM runs as; null where that is who logged in, or not known",
      "app",
      null,
    ),
    forwarding: described(
      nullable(Type.Boolean()),
      "Whether the server forwards TCP both ways; null where it is not known",
      true,
      null,
    ),
    system: text("What uname -s says", "Linux"),
    machine: text("What uname -m says", "x86_64"),
    libc: text("The C library", "glibc 2.36"),
    erl: text("Path of erl", "/usr/bin/erl"),
    otp: text("Release of OTP", "25"),
    architecture: text("What the emulator was built for", "x86_64-pc-linux-gnu"),
    elixir: text("Version of Elixir", "1.14.0"),
    clock_ahead_ms: described(
      nullable(Type.Integer()),
      "By how much the clock of the host is ahead, at least, in milliseconds; 0 where the clocks may agree; null where it is not known",
      0,
      -3600000,
      null,
    ),
    cache_folder: text("The folder for what is kept on the host between runs", "/root/.cache/fusion-play"),
    cache_free_bytes: described(
      nullable(Type.Integer({ minimum: 0 })),
      "What is free on its file system; null where it is not known",
      12000000000,
      null,
    ),
  },
  closed,
);

/** Describes what `fusion-play doctor --json` writes: the source of `schemas/doctor.schema.json`. */
export const doctorSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fusion-play:schema:doctor:1",
  title: "fusion-play doctor",
  description: "What fusion-play doctor --json writes",
  ...Type.Object(
    {
      version: described(Type.Literal(1), "Version of this format"),
      status: described(status, "That of the worst host"),
      exit_code: described(Type.Integer({ minimum: 0, maximum: 255 }), "Exit code of the command", 0),
      hosts: described(
        Type.Unsafe({
          type: "object",
          additionalProperties: Type.Object(
            {
              status: described(
                status,
                "Whether plays can run there; failed: it can be reached, and they cannot",
              ),
              checks: described(Type.Array(check, { minItems: 1 }), "What was looked at, in order"),
              facts: described(facts, "What is known of the host"),
            },
            closed,
          ),
        }),
        "Each host by its name",
      ),
    },
    closed,
  ),
});
