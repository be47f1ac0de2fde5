import { expect, test } from "vitest";
import { atom, tuple, type Term } from "../../src/etf/term.ts";
import { ElixirStart } from "../../src/remote/elixir-start.ts";
import { latch } from "../engine/latch.ts";

const OK = atom("ok");
const never = new AbortController().signal;

function startOf(ask: (request: Term) => Promise<Term>, own: string | null = "1.14.0"): ElixirStart {
  return new ElixirStart({ host: "web1", own, ask });
}

test("start() asks the host once, however many wait for it", async () => {
  const asked: Term[] = [];
  const answer = latch<Term>();
  const start = startOf((request) => {
    asked.push(request);
    return answer.promise;
  });
  const both = Promise.all([start.start(never), start.start(never)]);
  answer.open(OK);
  await both;
  await start.start(never);
  expect(asked).toEqual([atom("start_elixir")]);
});

test("start() goes on for the others when the one that asked first gives up", async () => {
  const answer = latch<Term>();
  const start = startOf(() => answer.promise);
  const stop = new AbortController();
  const first = start.start(stop.signal);
  const second = start.start(never);
  stop.abort(new Error("the host of the step was lost"));
  await expect(first).rejects.toThrow("the host of the step was lost");
  answer.open(OK);
  await second;
});

test("start() asks again after a failure", async () => {
  const answers = [tuple(atom("error"), atom("enoent")), OK];
  const start = startOf(async () => answers.shift() ?? OK);
  await expect(start.start(never)).rejects.toMatchObject({
    code: "BOOT_FAILED",
    message: "Cannot start Elixir on web1: {error,enoent}",
  });
  await start.start(never);
  expect(answers).toEqual([]);
});

test("start() starts the Elixir that was shipped, on a host without one, and otherwise nothing", async () => {
  const asked: Term[] = [];
  const start = startOf(async (request) => {
    asked.push(request);
    return OK;
  }, null);
  await start.start(never);
  await start.startShipped([], never);
  expect(asked).toEqual([]);
  await start.start(never, atom("resource"));
  expect(asked).toEqual([tuple(atom("start_elixir"), atom("resource"))]);
});
