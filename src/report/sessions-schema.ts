import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";

/** Closed: a key that nobody described is a mistake of ours. */
const closed = { additionalProperties: false } as const;

const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);
const count = (minimum: number): TSchema => Type.Integer({ minimum });

const session = Type.Object(
  {
    host: described(Type.String(), "Name of the host in the inventory", "web1"),
    user: described(Type.String(), "Who logged in", "deploy"),
    address: described(Type.String(), "Address of the host", "10.0.0.1"),
    port: described(count(1), "Port of its SSH server", 22),
    otp: described(nullable(Type.String()), "Release of OTP; null as long as no BEAM has booted", "25", null),
    pid: described(
      nullable(count(1)),
      "Process id of the BEAM on the host; null as long as none has booted",
      4711,
      null,
    ),
    age_ms: described(Type.Integer(), "Since when the connection is open, in milliseconds", 60000),
    lease_left_ms: described(
      nullable(count(0)),
      "How long it is still held, in milliseconds; null where the run that made it goes on",
      540000,
      null,
    ),
    in_use: described(Type.Boolean(), "Whether a run uses it now", false),
  },
  closed,
);

/** Describes what `fusion-play sessions list --json` writes: the source of `schemas/sessions.schema.json`. */
export const sessionsSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fusion-play:schema:sessions:1",
  title: "fusion-play sessions list",
  description: "What fusion-play sessions list --json writes",
  ...Type.Object(
    {
      version: described(Type.Literal(1), "Version of this format"),
      sessions: described(Type.Array(session), "Each session, in the order in which they were made"),
    },
    closed,
  ),
});
