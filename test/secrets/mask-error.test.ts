import { expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { maskError } from "../../src/secrets/mask-error.ts";
import { Secrets } from "../../src/secrets/secrets.ts";

const secrets = new Secrets();
secrets.add("hunter2");

test("maskError() hides secrets in an error, its hint, its stack and its causes", () => {
  const cause = new Error("hunter2 was refused");
  const error = new FusionPlayError("Cannot use hunter2", { code: "USAGE", hint: "Change hunter2", cause });
  cause.cause = error;
  maskError(error, secrets);
  expect(error).toBeInstanceOf(FusionPlayError);
  expect([error.message, error.code, error.hint]).toEqual([
    "Cannot use ********",
    "USAGE",
    "Change ********",
  ]);
  expect(error.stack).toMatch(/Cannot use \*{8}\n +at /);
  expect([cause.message, String(cause.stack).includes("hunter2")]).toEqual(["******** was refused", false]);
});

test("maskError() hides secrets in mistakes of files", () => {
  const place = { file: "site.yml", line: 1, column: 1 };
  const error = new DocumentError([
    { ...place, message: "No hunter2", hint: "Not hunter2", sourceLine: "hosts: hunter2" },
    { ...place, message: "Unknown key", hint: undefined, sourceLine: undefined },
  ]);
  maskError(error, secrets);
  expect(error.problems).toEqual([
    { ...place, message: "No ********", hint: "Not ********", sourceLine: "hosts: ********" },
    { ...place, message: "Unknown key", hint: undefined, sourceLine: undefined },
  ]);
  expect(error.message).not.toContain("hunter2");
});

test("maskError() leaves alone what is no error, or cannot be changed", () => {
  const error = Object.freeze(new Error("met hunter2"));
  for (const thrown of [error, "hunter2", undefined]) expect(() => maskError(thrown, secrets)).not.toThrow();
});
