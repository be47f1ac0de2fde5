import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { cksum } from "../../src/runtime/cksum.ts";

test.each([
  ["nothing", Buffer.alloc(0)],
  ["a word", Buffer.from("Erlang")],
  ["a lot", Buffer.alloc(70_000, "OTP")],
])("cksum() of %s is what cksum prints", (_, bytes) => {
  const printed = execFileSync("cksum", { input: bytes, encoding: "utf8" }).trim();
  expect(`${cksum(bytes)} ${bytes.byteLength}`).toBe(printed);
});
