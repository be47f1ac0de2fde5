import { expect, test } from "vitest";
import type { PushOptions } from "../../src/engine/remote-node.ts";
import type { ShippedModule } from "../../src/engine/module-source.ts";
import { Atom, atom, isTuple, Pid, tuple, type Term } from "../../src/etf/term.ts";
import { CodePush } from "../../src/remote/code-push.ts";

const options: PushOptions = { signal: new AbortController().signal, purge: "soft" };

function shipped(name: string, fields: Partial<ShippedModule> = {}): ShippedModule {
  return {
    name,
    binary: Buffer.from(name),
    md5: Buffer.from(name.padEnd(16, "_").slice(0, 16)).toString("hex"),
    neededBy: null,
    reason: null,
    file: `${name}.beam`,
    compiledBy: 25,
    minimumOtp: undefined,
    hasOnLoad: false,
    ...fields,
  };
}

/** An agent that has `loaded`, and answers a load with `answer`. */
function agent(
  loaded: readonly string[] = [],
  answer: Term = atom("ok"),
): { push: CodePush; asked: string[] } {
  const asked: string[] = [];
  const push = new CodePush({
    host: "web1",
    otp: "25",
    ask: async (request) => {
      if (!isTuple(request)) throw new Error("no tuple");
      const words = request.elements.flatMap((element) => (element instanceof Atom ? [element.name] : []));
      const lists = request.elements.filter((element) => Array.isArray(element)) as Term[][];
      const names = lists.map((list) =>
        list.map((entry) => (entry as unknown as { elements: { name: string }[] }).elements[0]?.name),
      );
      asked.push(`${words.join(" ")} ${names.map((list) => list.join(",")).join(" | ")}`);
      if (words[0] === "load") return answer;
      return (names[0] ?? []).filter((name) => !loaded.includes(name ?? "")).map((name) => atom(name ?? ""));
    },
  });
  return { push, asked };
}

test("push() asks once, loads once, and never again for what it knows", async () => {
  const { push, asked } = agent(["b"]);
  const modules = ["a", "b", "c"].map((name) => shipped(name));
  const first = await push.push(modules, options);
  expect(first.sent.map(({ name }) => name)).toEqual(["a", "c"]);
  expect(first.skipped).toBe(1);
  expect(await push.push(modules, options)).toEqual({ sent: [], skipped: 3 });
  expect(asked).toEqual(["needed a,b,c", "load soft a,c | "]);
});

test("push() sends a module again whose code has changed, and modules with on_load apart", async () => {
  const { push, asked } = agent();
  await push.push([shipped("a")], options);
  await push.push([shipped("a", { md5: "0".repeat(32) }), shipped("nif", { hasOnLoad: true })], options);
  expect(asked.at(-1)).toBe("load soft a | nif");
});

test("push() waits for the push before, so that nothing is sent twice", async () => {
  const { push, asked } = agent();
  const results = await Promise.all([push.push([shipped("a")], options), push.push([shipped("a")], options)]);
  expect(results.map(({ sent }) => sent.length)).toEqual([1, 0]);
  expect(asked).toHaveLength(2);
});

test("push() refuses code for a newer OTP before anything is asked or sent", async () => {
  const { push, asked } = agent();
  await expect(push.push([shipped("Elixir.New", { minimumOtp: 26 })], options)).rejects.toMatchObject({
    code: "MODULE_TOO_NEW",
    message: "Cannot push New to web1: it needs OTP 26, the host has 25",
  });
  expect(asked).toEqual([]);
});

test("push() names the processes that still run an old version, and how to go on", async () => {
  const pids = [1, 2, 3, 4, 5, 6, 7].map((id) => new Pid("a@b", id, 0, 1));
  const stillRunning = tuple(atom("still_running"), pids);
  const { push } = agent([], tuple(atom("error"), [tuple(atom("Elixir.App"), stillRunning)]));
  await expect(push.push([shipped("Elixir.App")], options)).rejects.toMatchObject({
    code: "MODULE_LOAD_FAILED",
    message:
      "Cannot load code on web1: processes <0.1.0>, <0.2.0>, <0.3.0>, <0.4.0>, <0.5.0>, 2 more still run the version of App before the last",
    hint: expect.stringContaining("purge: hard"),
  });
});

test("push() asks for old versions to be purged as it is told", async () => {
  const { push, asked } = agent();
  await push.push([shipped("a")], { ...options, purge: "hard" });
  expect(asked.at(-1)).toBe("load hard a | ");
});

test.each([
  ["badfile", "the host's OTP does not accept App"],
  ["sticky_directory", "App is a module of the host's own OTP"],
  ["on_load_failure", "App: on_load_failure"],
])("push() explains %s, and tries again later", async (reason, message) => {
  const { push, asked } = agent([], tuple(atom("error"), [tuple(atom("Elixir.App"), atom(reason))]));
  const pending = push.push([shipped("Elixir.App")], options);
  await expect(pending).rejects.toMatchObject({
    code: "MODULE_LOAD_FAILED",
    message: `Cannot load code on web1: ${message}`,
  });
  await push.push([shipped("Elixir.App")], options).catch(() => {});
  expect(asked).toHaveLength(4);
});
