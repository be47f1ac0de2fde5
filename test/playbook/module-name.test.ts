import { expect, test } from "vitest";
import { moduleName } from "../../src/playbook/module-name.ts";

test.each([
  ["RemoteHealth", "Elixir.RemoteHealth"],
  ["My.Remote.Health2", "Elixir.My.Remote.Health2"],
  ["Elixir.RemoteHealth", "Elixir.RemoteHealth"],
  ["my_app", "my_app"],
  [":my_app", "my_app"],
  ["my_app@v2", "my_app@v2"],
  [':"my-app"', "my-app"],
  ["'my-app'", "my-app"],
])("moduleName() reads %s", (text, name) => {
  expect(moduleName(text)).toBe(name);
});

test.each(["", "my app", "My.", "My.app", "1a", "a:b", "RemoteHealth.check()", ':""', "é"])(
  "moduleName() refuses %j",
  (text) => {
    expect(moduleName(text)).toBeUndefined();
  },
);
