import { expect, test } from "vitest";
import type { ShippedModule } from "../../src/engine/module-source.ts";
import { releaseFindings } from "../../src/engine/release-findings.ts";

function module(name: string, compiledBy?: number, minimumOtp?: number): ShippedModule {
  return {
    name,
    compiledBy,
    minimumOtp,
    binary: Buffer.of(),
    md5: "",
    neededBy: null,
    reason: null,
    file: "",
    hasOnLoad: false,
    elixir: null,
    application: undefined,
  };
}

test("releaseFindings() tells modules that the host cannot load, and those that it may not", () => {
  const modules = [
    module("old", 24),
    module("same", 25, 25),
    module("newer", 27),
    module("unknown"),
    ...["a", "b", "c", "d"].map((name) => module(name, 29, 29)),
    module("Elixir.Newest", 27, 27),
  ];
  const { problems, warnings } = releaseFindings(modules, "25");
  expect(problems).toEqual([
    { code: "MODULE_TOO_NEW", message: "Cannot load a, b, c and 2 more: OTP 29 is needed, the host has 25" },
  ]);
  expect(warnings).toEqual([
    {
      code: "MODULE_TOO_NEW",
      message: "newer: compiled by OTP 27, the host has 25; it uses no instruction that is newer",
    },
  ]);
});

test("releaseFindings() finds nothing where every release fits, or the host's is not known", () => {
  const nothing = { problems: [], warnings: [] };
  expect(releaseFindings([module("same", 25, 25), module("old", 23)], "25")).toEqual(nothing);
  expect(releaseFindings([module("newest", 29, 29)], undefined)).toEqual(nothing);
});
