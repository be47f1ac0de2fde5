import { expect, test } from "vitest";
import { answerOf } from "../../src/engine/answer.ts";
import { atom, binary, tuple, type Term } from "../../src/etf/term.ts";
import type { FakeCall } from "../doubles/fake-remote-node.ts";
import { host, runSteps, statuses } from "./fake-run.ts";

/** Gives the argument back. */
const echo: FakeCall = ({ args: [first = null as unknown as Term] }) => first;
const answer = (): FakeCall => echo;

test.each<[string, Term | null, ReturnType<typeof answerOf>["type"]]>([
  ["{changed, R}", tuple(atom("changed"), 1), "changed"],
  ["{error, R}", tuple(atom("error"), atom("enoent")), "error"],
  ["{ok, R}", tuple(atom("ok"), 1), "plain"],
  ["the atom error", atom("error"), "plain"],
  ["a pair of texts", tuple(binary("error"), 1), "plain"],
  ["a triple", tuple(atom("error"), 1, 2), "plain"],
  ["a list", [atom("error"), 1], "plain"],
  ["nothing", null, "plain"],
])("answerOf() reads %s", (_, term, type) => {
  expect(answerOf(term).type).toBe(type);
});

test("a function that gives {changed, Result} has changed something, and its whole answer is the result", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f({changed, 5})", register: a }
- { name: B, assert: ['a[0] == "changed"', "a[1] == 5"] }
- { name: C, assert: { value: "\${{ a }}", match: "{:changed, 5}" } }
- { name: D, run: "m:f({ok, 5})" }
- { name: E, run: "m:f({changed, 5})", changed_when: false }
- { name: F, run: "m:f({ok, 5})", changed_when: "result[1] == 5" }
- { name: G, eval: { erlang: "ok" } }`,
    { answer },
  );
  expect(statuses(run)).toEqual(["A: changed", "B: ok", "C: ok", "D: ok", "E: ok", "F: changed", "G: ok"]);
});

test("a function that gives {error, Reason} has failed, unless failed_when says otherwise", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f({error, enoent})", failed_when: false, register: a }
- { name: B, assert: { value: "\${{ a }}", match: "{:error, :enoent}" } }
- { name: C, run: "m:f({error, enoent})", failed_when: 'result[1] != "enoent"' }
- { name: D, run: "m:f({error, {enoent, 1}})", ignore_errors: true, register: d }
- { name: E, assert: 'd.failed && d.code == "ERROR_RETURNED"' }
- { name: F, run: "M.f({:error, :enoent})", retries: 1, delay: 0 }
- { name: G, assert: true }`,
    { answer },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ok", "C: ok", "D: ignored", "E: ok", "F: failed"]);
  const [, , , d, , f] = host(run).steps;
  expect(d?.error?.message).toBe("Step failed: it gave {error, {enoent,1}}");
  expect(f).toMatchObject({
    attempts: 2,
    result: tuple(atom("error"), atom("enoent")),
    error: { code: "ERROR_RETURNED", message: "Step failed: it gave {:error, :enoent}" },
  });
});
