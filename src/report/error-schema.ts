import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";

/** Closed: a key that nobody described is a mistake of ours. */
const closed = { additionalProperties: false } as const;

const oneOf = (...values: string[]): TSchema => Type.Unsafe({ type: "string", enum: values });
const text = (description: string, ...examples: readonly unknown[]): TSchema =>
  described(Type.String(), description, ...examples);

/** The code of an error. */
export const errorCode: TSchema = described(
  Type.String({ pattern: "^[A-Z][A-Z_]*$" }),
  "Stable name; docs/errors.md explains each one",
  "ASSERTION_FAILED",
);

/** An error, as `errors.ts` and the host describe it. */
export const errorSchema: TSchema = Type.Object(
  {
    code: errorCode,
    message: text("What is wrong, for people", "only 12 MB"),
    hint: described(
      Type.Union([Type.String(), Type.Null()]),
      "What to try next",
      "Check that sshd runs on the host",
      null,
    ),
    class: Type.Optional(described(oneOf("throw", "exit", "error"), "Class of the exception on the host")),
    reason: Type.Optional(text("Reason of the exception on the host, printed", "badarg")),
    stacktrace: Type.Optional(
      described(Type.Array(Type.String()), "Where the exception came from, the innermost call first", [
        "RemoteHealth.check/0 (lib/remote_health.ex:12)",
      ]),
    ),
    expected: Type.Optional(text("Of a false assertion, printed", "42")),
    actual: Type.Optional(text("Of a false assertion, printed", "41")),
  },
  closed,
);
