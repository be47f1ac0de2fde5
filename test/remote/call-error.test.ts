import { expect, test } from "vitest";
import { ErpcError } from "../../src/dist/erpc-error.ts";
import { RemoteCallError } from "../../src/engine/remote-node.ts";
import { atom, binary, charlist, MapTerm, tuple, type Term } from "../../src/etf/term.ts";
import { callError } from "../../src/remote/call-error.ts";

const CALL = { module: "Elixir.App", function: "go", args: [1] };

function explain(error: unknown, call = CALL): RemoteCallError {
  const explained = callError(error, call, { name: "web1", elixir: "1.14.0" });
  expect(explained).toBeInstanceOf(RemoteCallError);
  return explained as RemoteCallError;
}

const frame = (module: string, name: string, arity: Term, location: Term = []): Term =>
  tuple(atom(module), atom(name), arity, location);

test("callError() names host, function, class and reason, and reads the stack trace", () => {
  const place = [tuple(atom("file"), charlist("lib/app.ex")), tuple(atom("line"), 12)];
  const error = explain(
    new ErpcError("error", tuple(atom("badmatch"), 3), [
      frame("Elixir.App", "go", 1, place),
      frame("lists", "map", [1, 2]),
    ]),
  );
  expect(error.message).toBe("App.go/1 raised {:badmatch, 3} on web1");
  expect(error.code).toBe("REMOTE_EXCEPTION");
  expect(error.exception.stacktrace).toEqual([
    { module: "Elixir.App", function: "go", arity: 1, file: "lib/app.ex", line: 12 },
    { module: "lists", function: "map", arity: 2, file: undefined, line: undefined },
  ]);
});

test("callError() writes an Elixir exception by name and message", () => {
  const exception = new MapTerm([
    [atom("__struct__"), atom("Elixir.ArgumentError")],
    [atom("__exception__"), atom("true")],
    [atom("message"), binary("no such thing")],
  ]);
  expect(explain(new ErpcError("error", exception)).message).toBe(
    "App.go/1 raised (ArgumentError) no such thing on web1",
  );
});

test.each([
  ["throw", "threw"],
  ["exit", "exited with"],
] as const)("callError() tells the class %s", (kind, verb) => {
  const error = explain(new ErpcError(kind, atom("oops")), { module: "m", function: "f", args: [] } as never);
  expect(error.message).toBe(`m:f/0 ${verb} oops on web1`);
});

test("callError() tells a function that is not there from one that it calls", () => {
  const missing = explain(new ErpcError("error", atom("undef"), [frame("Elixir.App", "go", [1])]));
  expect(missing.code).toBe("FUNCTION_NOT_FOUND");
  const inner = explain(
    new ErpcError("error", atom("undef"), [frame("Elixir.Dep", "go", [1]), frame("Elixir.App", "go", 1)]),
  );
  expect(inner.code).toBe("REMOTE_EXCEPTION");
});

test.each<[string, Term]>([
  ["no list", atom("what")],
  ["entries of other shapes", [1, tuple(atom("a")), tuple(1, 2, 3, 4)]],
])("callError() reads a stack trace with %s as far as it goes", (_, stacktrace) => {
  expect(explain(new ErpcError("error", atom("x"), stacktrace)).exception.stacktrace).toEqual([]);
});

test("callError() leaves other errors as they are", () => {
  const error = new Error("other");
  expect(callError(error, CALL, { name: "web1", elixir: "1.14.0" })).toBe(error);
});
