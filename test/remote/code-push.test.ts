import { expect, test } from "vitest";
import type { PushOptions } from "../../src/engine/remote-node.ts";
import type { ShippedModule } from "../../src/engine/module-source.ts";
import { Atom, atom, isTuple, Pid, tuple, type Term } from "../../src/etf/term.ts";
import { CodePush } from "../../src/remote/code-push.ts";

const options: PushOptions = {
  signal: new AbortController().signal,
  purge: "soft",
  named: [],
  recheck: false,
};

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
    elixir: null,
    application: undefined,
    ...fields,
  };
}

interface Agent {
  /** Modules that the host has. @default [] */
  loaded?: readonly string[];
  /** Modules that it keeps as they are, and why. @default {} */
  own?: Readonly<Record<string, string>>;
  /** Answer to a load. @default ok */
  answer?: Term;
  /** Answer when what was prepared is to be loaded. @default ok */
  finished?: Term;
}

/** The controller's side of an agent that is a double. */
function agent(host: Agent = {}): {
  push: CodePush;
  asked: string[];
} {
  const { loaded = [], own = {} } = host;
  const asked: string[] = [];
  const push = new CodePush({
    host: "web1",
    otp: "25",
    ask: async (request) => {
      if (!isTuple(request)) throw new Error("no tuple");
      const words = request.elements.flatMap((element) => {
        if (element instanceof Atom) return [element.name];
        return typeof element === "number" ? [String(element)] : [];
      });
      const lists = request.elements.filter((element) => Array.isArray(element)) as Term[][];
      const names = lists.map((list) =>
        list.map((entry) => (entry as unknown as { elements: { name: string }[] }).elements[0]?.name),
      );
      asked.push(
        [...words, ...(names.length > 0 ? [names.map((list) => list.join(",")).join(" | ")] : [])].join(" "),
      );
      if (words[0] === "prepare") return tuple(atom("prepared"), 7);
      if (words[0] === "finish") return host.finished ?? atom("ok");
      if (words[0] === "abandon") return atom("ok");
      if (words[0] === "load") return host.answer ?? atom("ok");
      const known = (names[0] ?? []).map((name) => name ?? "");
      const needed = known.filter((name) => !loaded.includes(name) && own[name] === undefined);
      const kept = known.flatMap((name) =>
        own[name] === undefined ? [] : [tuple(atom(name), atom(own[name]))],
      );
      return tuple(
        needed.map((name) => atom(name)),
        kept,
      );
    },
  });
  return { push, asked };
}

test("push() asks once, loads once, and never again for what it knows", async () => {
  const { push, asked } = agent({ loaded: ["b"] });
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

test("push() refuses code for a newer OTP before any is sent, and does not look at what the host keeps", async () => {
  const { push, asked } = agent({ own: { lists: "otp" } });
  const kept = await push.push([shipped("lists", { minimumOtp: 26 })], options);
  expect(kept).toEqual({ sent: [], skipped: 1 });
  await expect(push.push([shipped("Elixir.New", { minimumOtp: 26 })], options)).rejects.toMatchObject({
    code: "MODULE_TOO_NEW",
    message: "Cannot push New to web1: it needs OTP 26, the host has 25",
  });
  expect(asked).toEqual(["needed lists", "needed Elixir.New"]);
});

test("push() says of Elixir's own modules that are too new which Elixir they are of", async () => {
  const { push } = agent();
  const modules = [shipped("App"), shipped("Elixir.Enum", { minimumOtp: 26, elixir: "1.17.0" })];
  await expect(push.push(modules, options)).rejects.toMatchObject({
    code: "MODULE_TOO_NEW",
    message:
      "Cannot ship Elixir to web1, which has only Erlang: Elixir 1.17.0 here was built for OTP 26, the host has 25",
  });
});

test("push() refuses modules that the host keeps if they are asked for by name, before any is sent", async () => {
  const own = { lists: "otp", "Elixir.Enum": "elixir", erlang: "preloaded", stuck: "sticky" };
  const { push, asked } = agent({ own });
  const modules = ["a", ...Object.keys(own)].map((name) => shipped(name));
  await expect(push.push(modules, { ...options, named: ["a", ...Object.keys(own)] })).rejects.toMatchObject({
    code: "MODULE_PROTECTED",
    message:
      "Cannot push lists, Enum, erlang, stuck to web1: lists belongs to the host's OTP; Enum belongs to the host's Elixir; erlang is preloaded into the host's emulator; stuck is sticky on the host",
  });
  expect(asked).toHaveLength(1);
  // Needed by others, they are left to the host.
  expect((await push.push(modules, options)).sent.map(({ name }) => name)).toEqual(["a"]);
  // Nothing needs to be asked again to refuse them.
  await expect(push.push([shipped("lists")], { ...options, named: ["lists"] })).rejects.toMatchObject({
    message: "Cannot push lists to web1: lists belongs to the host's OTP",
  });
  expect(asked.slice(1)).toEqual(["needed a", "load soft a | "]);
});

test("push() sends nothing where one of the modules that the host lacks is not admitted", async () => {
  const { push, asked } = agent({ loaded: ["b"], own: { lists: "otp" } });
  const modules = ["a", "b", "lists"].map((name) => shipped(name));
  const seen: string[] = [];
  const admit = async (missing: readonly ShippedModule[]): Promise<void> => {
    seen.push(...missing.map(({ name }) => name));
    throw new Error("denied");
  };
  await expect(push.push(modules, { ...options, admit })).rejects.toThrow("denied");
  await expect(push.prepare(modules, { ...options, admit })).rejects.toThrow("denied");
  expect(seen).toEqual(["a", "a"]);
  expect(asked).toEqual(["needed a,b,lists", "needed a"]);
});

test("push() asks about what it knows where it is to check that", async () => {
  const { push, asked } = agent();
  await push.push([shipped("a")], options);
  expect((await push.push([shipped("a")], { ...options, recheck: true })).sent).toHaveLength(1);
  expect(asked).toEqual(["needed a", "load soft a | ", "needed a", "load soft a | "]);
});

test("push() relies on nothing that it knew of a module after a load that failed", async () => {
  let answer = atom("ok");
  const { push, asked } = agent({
    get answer() {
      return answer;
    },
  });
  const [old, changed] = [shipped("a"), shipped("a", { md5: "0".repeat(32) })];
  await push.push([old], options);
  answer = atom("refused");
  await expect(push.push([changed], options)).rejects.toMatchObject({ code: "MODULE_LOAD_FAILED" });
  answer = atom("ok");
  // Some of a load may have come through: the host is asked, although the old version was sent before.
  await push.push([old], options);
  expect(asked.slice(-2)).toEqual(["needed a", "load soft a | "]);
});

test("prepare() sends what the host lacks, and finish() has it loaded", async () => {
  const { push, asked } = agent({ loaded: ["b"] });
  const prepared = await push.prepare([shipped("a"), shipped("b")], { ...options, purge: "hard" });
  expect(prepared.result).toMatchObject({ sent: [{ name: "a" }], skipped: 1 });
  await prepared.finish(options.signal);
  expect(asked).toEqual(["needed a,b", "prepare hard a", "finish 7"]);
  // What was loaded is known from then on.
  const again = await push.prepare([shipped("a"), shipped("b")], options);
  await again.finish(options.signal);
  await again.abandon(options.signal);
  expect([again.result, asked.length]).toEqual([{ sent: [], skipped: 2 }, 3]);
});

test("prepare() leaves nothing known of what was abandoned, or could not be loaded", async () => {
  let finished: Term = atom("ok");
  const { push, asked } = agent({
    get finished() {
      return finished;
    },
  });
  const first = await push.prepare([shipped("a")], options);
  await first.abandon(options.signal);
  finished = tuple(atom("error"), [tuple(atom("a"), atom("not_purged"))]);
  const second = await push.prepare([shipped("a")], options);
  await expect(second.finish(options.signal)).rejects.toMatchObject({
    code: "MODULE_LOAD_FAILED",
    message: "Cannot load code on web1: a: not_purged",
  });
  await push.push([shipped("a")], options);
  expect(asked).toEqual([
    "needed a",
    "prepare soft a",
    "abandon 7",
    "needed a",
    "prepare soft a",
    "finish 7",
    "needed a",
    "load soft a | ",
  ]);
});

test("prepare() refuses code with an on_load function, unless the host has it", async () => {
  const { push, asked } = agent({ loaded: ["nif"] });
  await push.prepare([shipped("nif", { hasOnLoad: true })], options);
  await expect(push.prepare([shipped("Elixir.Nif", { hasOnLoad: true })], options)).rejects.toMatchObject({
    code: "MODULE_LOAD_FAILED",
    message: expect.stringMatching(/^Cannot prepare Nif on web1: code with an on_load function/) as string,
  });
  expect(asked).toEqual(["needed nif", "needed Elixir.Nif"]);
});

test("push() names the processes that still run an old version, and how to go on", async () => {
  const pids = [1, 2, 3, 4, 5, 6, 7].map((id) => new Pid("a@b", id, 0, 1));
  const stillRunning = tuple(atom("still_running"), pids);
  const { push } = agent({ answer: tuple(atom("error"), [tuple(atom("Elixir.App"), stillRunning)]) });
  await expect(push.push([shipped("Elixir.App")], options)).rejects.toMatchObject({
    code: "MODULE_LOAD_FAILED",
    message:
      "Cannot load code on web1: processes <0.1.0>, <0.2.0>, <0.3.0>, <0.4.0>, <0.5.0>, 2 more still run the version of App before the last",
    hint: expect.stringContaining("purge: hard"),
  });
});

test("push() names a few modules that the host's OTP does not accept, and counts the others", async () => {
  const refused = Array.from({ length: 7 }, (_, index) => tuple(atom(`m${index}`), atom("badfile")));
  const { push } = agent({ answer: tuple(atom("error"), [tuple(atom("odd"), atom("why")), ...refused]) });
  await expect(push.push([shipped("m0")], options)).rejects.toMatchObject({
    code: "MODULE_LOAD_FAILED",
    message:
      "Cannot load code on web1: the host's OTP does not accept m0, m1, m2, m3, m4 and 2 more; odd: why",
    hint: expect.stringContaining("OTP 29"),
  });
});

test("push() asks for old versions to be purged as it is told", async () => {
  const { push, asked } = agent();
  await push.push([shipped("a")], { ...options, purge: "hard" });
  expect(asked.at(-1)).toBe("load hard a | ");
});

test.each([
  ["badfile", "the host's OTP does not accept App"],
  ["sticky_directory", "App is sticky on the host"],
  ["on_load_failure", "App: on_load_failure"],
])("push() explains %s, and tries again later", async (reason, message) => {
  const { push, asked } = agent({ answer: tuple(atom("error"), [tuple(atom("Elixir.App"), atom(reason))]) });
  const pending = push.push([shipped("Elixir.App")], options);
  await expect(pending).rejects.toMatchObject({
    code: "MODULE_LOAD_FAILED",
    message: `Cannot load code on web1: ${message}`,
  });
  await push.push([shipped("Elixir.App")], options).catch(() => {});
  expect(asked).toHaveLength(4);
});
