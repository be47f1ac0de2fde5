import { execFileSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { glob } from "../../src/beam/glob.ts";
import { compileApplications } from "./compiled-applications.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let lib = "";

beforeAll(() => {
  lib = compileApplications(folder);
});

/** Evaluates Elixir where all the applications are on the code path. */
function evaluate(expression: string): string {
  const codePath = glob(`${lib}/*/ebin`).flatMap((path) => ["-pa", path]);
  return execFileSync("elixir", [...codePath, "-e", `IO.inspect(${expression}, width: 500)`], {
    cwd: "/",
    encoding: "utf8",
  }).trim();
}

test("compileApplications() makes applications that run, with their NIF, files, environment and processes", () => {
  const started = "for app <- [:weather, :beacon], do: {:ok, _} = Application.ensure_all_started(app)";
  const used = [
    "Weather.Station.record(:brocken, 11.25).degrees",
    "Weather.report()",
    "Weather.stations()",
    ":beacon.count()",
    "to_string(:beacon.greeting())",
    ':beacon.text("calm.txt")',
    "to_string(:beacon.ring('dong'))",
  ].join(", ");
  expect(evaluate(`(${started}; {${used}})`)).toBe(
    [
      "{11.25",
      '"brocken: 11.3 celsius"',
      '["Brocken", "Zugspitze"]',
      "1",
      '"hello"',
      '"All is well.\\n"',
      '"ding dong\\n"}',
    ].join(", "),
  );
});

test("compileApplications() lists in each .app file just the modules that are in its folder", () => {
  const listed = `for app <- [:weather, :units, :beacon], do:
    (Application.load(app); Enum.sort(Application.spec(app, :modules)) ==
      Enum.sort(for file <- Path.wildcard("${lib}/#{app}/ebin/*.beam"), do: file |> Path.basename(".beam") |> String.to_atom()))`;
  expect(evaluate(`(${listed})`)).toBe("[true, true, true]");
});
