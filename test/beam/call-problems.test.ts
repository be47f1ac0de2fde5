import { expect, test } from "vitest";
import { missingFunction, missingModule } from "../../src/beam/call-problems.ts";

const exports = [
  { name: "check", arity: 0 },
  { name: "check", arity: 2 },
  { name: "drop_caches", arity: 1 },
  { name: "MACRO-debug", arity: 2 },
];
const locals = [{ name: "secret", arity: 1 }];
const functions = { exports, locals };
const call = (name: string, arity: number) => ({ module: "Elixir.RemoteHealth", name, arity });

test.each([
  ["check", 1, "Cannot call RemoteHealth.check/1: RemoteHealth has check/0, check/2"],
  [
    "chekc",
    0,
    "Cannot call RemoteHealth.chekc/0: RemoteHealth exports no such function; did you mean check/0?",
  ],
  ["secret", 1, "Cannot call RemoteHealth.secret/1: the function is private to RemoteHealth"],
  ["restart", 0, "Cannot call RemoteHealth.restart/0: RemoteHealth exports no such function"],
  [
    "debug",
    1,
    "Cannot call RemoteHealth.debug/1: debug is a macro of RemoteHealth, which only code can use; write the call as an eval step",
  ],
])("missingFunction() says what %s/%i may have meant", (name, arity, message) => {
  expect(missingFunction(call(name, arity), functions)).toEqual({ code: "FUNCTION_NOT_FOUND", message });
});

test("missingModule() says which module may have been meant", () => {
  expect(missingModule({ module: "list", name: "sort", arity: 1 }, "lists")).toEqual({
    code: "MODULE_NOT_FOUND",
    message:
      "Cannot call list:sort/1: neither the code paths nor Erlang and Elixir have a module list; did you mean lists?",
  });
});
