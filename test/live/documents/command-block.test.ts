import { expect, test } from "vitest";
import { alike, commandsOf } from "./command-block.ts";

test("commandsOf() gives each command of a console with its output, and a script as it is", () => {
  const source = "$ echo \\\n  one\none\n$ true\n$ false || echo 1\n1\n";
  expect(commandsOf({ language: "console", source })).toEqual([
    { command: "echo \\\n  one", output: "one\n" },
    { command: "true", output: "" },
    { command: "false || echo 1", output: "1\n" },
  ]);
  expect(commandsOf({ language: "sh", source: "true\nfalse\n" })).toEqual([
    { command: "true\nfalse\n", output: undefined },
  ]);
});

test("alike() makes times, sizes, versions and paths the same, and no words", () => {
  const first =
    "ok  web1 | Collect (28 ms, pushed 1 module, 916 B)\nOTP 25, Elixir 1.14.0, /usr/lib/elixir\n" +
    "uptime    588  ba1748af  lib/uptime.erl\n";
  const second =
    "OTP 27, Elixir 1.18.4, /opt/elixir/1.18\nok web1 | Collect (1.3 s, pushed 1 module, 1.2 kB)\n" +
    "uptime  1,016  0e17482b  lib/uptime.erl\n";
  expect(alike(first)).toEqual(alike(second));
  expect(alike(first.replace("ok", "failed"))).not.toEqual(alike(first));
  expect(alike(first.replace("1 module", "2 modules"))).not.toEqual(alike(first));
});
