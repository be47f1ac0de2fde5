import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ShippedModule } from "../../src/engine/module-source.ts";
import type { PushOptions } from "../../src/engine/remote-node.ts";
import { Atom, atom, isTuple, tuple, type Term } from "../../src/etf/term.ts";
import { DEFAULT_TIMEOUTS } from "../../src/remote/session-connector.ts";
import { Session, type SessionParts } from "../../src/remote/session.ts";

const MB = 1_000_000;
/** At 3 kB/s, and some more for the rest of the request. */
const MS_OF_MB = 334_000;
const { pushTimeoutMs } = DEFAULT_TIMEOUTS;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A session with a host that needs all code, and takes so long to load it. */
function session(loadMs: number): Session {
  const call = async (
    _module: string,
    _function: string,
    [, request = 0]: readonly Term[],
    { signal }: { signal: AbortSignal },
  ): Promise<Term> => {
    const [kind, modules] = isTuple(request) ? request.elements : [];
    if (kind instanceof Atom && kind.name === "needed") return tuple(namesOf(modules ?? []), []);
    return new Promise((resolve, reject) => {
      const answer =
        kind instanceof Atom && kind.name === "prepare" ? tuple(atom("prepared"), 1) : atom("ok");
      setTimeout(() => resolve(answer), loadMs);
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  };
  const runtime = { otp: "25", elixir: null };
  return new Session({
    host: { name: "web1", vars: {} },
    timeouts: DEFAULT_TIMEOUTS,
    beam: { access: { runtime }, calls: { call }, link: {}, lost: new Promise(() => {}) },
    resources: [],
  } as unknown as SessionParts);
}

function namesOf(modules: Term): Term[] {
  return (modules as Term[]).map((module) => (isTuple(module) ? (module.elements[0] ?? 0) : 0));
}

function moduleOf(name: string, bytes: number): ShippedModule {
  return {
    name,
    binary: Buffer.alloc(bytes),
    md5: "0".repeat(32),
    neededBy: null,
    reason: null,
    file: `${name}.beam`,
    compiledBy: 25,
    minimumOtp: undefined,
    hasOnLoad: false,
    elixir: null,
    application: undefined,
  };
}

function options(): PushOptions {
  return { signal: new AbortController().signal, purge: "soft", named: [], recheck: false };
}

async function outcome(work: Promise<unknown>): Promise<unknown> {
  const settled = work.then(
    () => "done",
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  return settled;
}

test("a push and a transaction have the time that their bytes take on a slow way, besides that of an answer", async () => {
  const inTime = session(pushTimeoutMs + MS_OF_MB - 1000);
  expect(await outcome(inTime.push([moduleOf("a", MB)], options()))).toBe("done");
  expect(await outcome(inTime.prepare([moduleOf("b", MB)], options()))).toBe("done");
  const late = session(pushTimeoutMs + MS_OF_MB + 1000);
  const timeout = { code: "TIMEOUT", message: expect.stringContaining('phase "push" on web1') as string };
  expect(await outcome(late.push([moduleOf("c", MB)], options()))).toMatchObject(timeout);
  expect(await outcome(session(pushTimeoutMs + 2000).push([moduleOf("d", 10)], options()))).toMatchObject(
    timeout,
  );
});

test("after a request that was given up, others are refused until it is answered", async () => {
  const host = session(60_000);
  const controller = new AbortController();
  const push = host.push([moduleOf("a", 10)], { ...options(), signal: controller.signal });
  const settled = expect(push).rejects.toThrow("enough");
  await vi.advanceTimersByTimeAsync(1000);
  controller.abort(new Error("enough"));
  await settled;
  await expect(host.push([moduleOf("b", 10)], options())).rejects.toMatchObject({
    code: "TIMEOUT",
    message: expect.stringContaining("web1") as string,
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await outcome(host.push([moduleOf("c", 10)], options()))).toBe("done");
});

test("the time of a push begins when it is its turn", async () => {
  const host = session(pushTimeoutMs - 1000);
  const pushes = ["a", "b", "c"].map(async (name) => host.push([moduleOf(name, 10)], options()));
  expect(await outcome(Promise.all(pushes))).toBe("done");
});
