import { expect, test } from "vitest";
import type { PushedModule } from "../../src/engine/report.ts";
import { pushedText } from "../../src/report/pushed-text.ts";

const own: PushedModule = {
  module: "app",
  bytes: 1000,
  md5: "",
  needed_by: null,
  reason: null,
  elixir: null,
};
const kernel: PushedModule = { ...own, module: "Elixir.Kernel", bytes: 40_000, elixir: "1.14.0" };

test.each<[string, readonly PushedModule[]]>([
  ["", []],
  ["2 modules, 2.0 kB", [own, own]],
  ["1 module, 1.0 kB, and 2 modules of Elixir 1.14.0, 80.0 kB", [own, kernel, kernel]],
  ["1 module of Elixir 1.14.0, 40.0 kB", [kernel]],
])("pushedText() gives %j", (text, pushed) => {
  expect(pushedText(pushed)).toBe(text);
});
