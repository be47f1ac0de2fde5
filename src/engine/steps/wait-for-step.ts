import { setTimeout as sleep } from "node:timers/promises";
import { FusionPlayError } from "../../errors.ts";
import { dataToValue, type Data } from "../../etf/data.ts";
import { revealData } from "../../etf/secret-data.ts";
import { atom, binary, charlist, isAtom, isTuple, type Term } from "../../etf/term.ts";
import { dataText } from "../../playbook/data-text.ts";
import { onHost } from "../../playbook/on-host.ts";
import type { Awaited, Expression, Scope, Template, WaitForStep } from "../../playbook/playbook.ts";
import { isLoss } from "../is-loss.ts";
import type { RemoteCall } from "../remote-node.ts";
import { callOnHost } from "./run-step.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Limit of one question, where the step has more time left. */
const QUESTION_MS = 10_000;
/** A question may take so long, also where it is the last one and little time is left. */
const LAST_QUESTION_MS = 1000;
const CONNECT_MS = 3000;

/** What a question gave, and whether that is what is waited for. */
interface Answer {
  readonly isThere: boolean;
  readonly result: Term | null;
  readonly data: Data;
}

/** Asks until the answer is the awaited one, and for the last time when that of the step is up. */
export async function attemptWaitFor(
  { awaited, sleepMs }: Pick<WaitForStep, "awaited" | "sleepMs">,
  context: StepContext,
): Promise<StepOutcome> {
  const { signal, timeoutMs, scope } = context;
  const question = questionOf(awaited, scope);
  const pauseMs = onHost(sleepMs, scope);
  const end = performance.now() + timeoutMs;
  let lastError: Error | undefined;
  for (;;) {
    const limitMs = question.limit(Math.max(LAST_QUESTION_MS, end - performance.now()));
    try {
      const answer = await question.ask({ ...context, timeoutMs: limitMs });
      if (answer.isThere) return { status: "ok", result: answer.result, data: answer.data };
      lastError = undefined;
    } catch (error) {
      if (signal.aborted || !(error instanceof FusionPlayError) || isFinal(error)) throw error;
      lastError = error;
    }
    const left = end - performance.now();
    if (left <= 0) throw tooLate(question.what, timeoutMs, lastError);
    await sleep(Math.min(pauseMs, Math.ceil(left)), undefined, { signal });
  }
}

interface Question {
  /** What is waited for, for messages. */
  readonly what: string;
  /** How long one question may take. */
  limit(left: number): number;
  ask(context: StepContext): Promise<Answer>;
}

function questionOf(awaited: Awaited, scope: Scope): Question {
  const limit = (left: number): number => Math.min(left, QUESTION_MS);
  switch (awaited.type) {
    case "port": {
      const host = dataText(revealData(awaited.host.evaluate(scope)));
      const port = portOf(awaited.port, scope);
      const args = [charlist(host), port, host.includes(":") ? [atom("inet6")] : [], CONNECT_MS];
      return {
        what: `port ${port} of ${host} is ${awaited.isOpen ? "not open" : "open"}`,
        limit,
        // The connection ends with the process that made it.
        ask: (context) => ask({ module: "gen_tcp", function: "connect", args }, awaited.isOpen, context),
      };
    }
    case "path": {
      const path = dataText(revealData(awaited.path.evaluate(scope)));
      return {
        what: `${path} is ${awaited.isThere ? "not there" : "there"}`,
        limit,
        ask: (context) =>
          ask({ module: "file", function: "read_file_info", args: [binary(path)] }, awaited.isThere, context),
      };
    }
    case "call": {
      const { call, until } = awaited;
      return {
        what: `until does not hold: ${until.map(({ source }) => source).join(" and ")}`,
        limit: (left) => left,
        async ask(context) {
          const args = call.arguments(context.scope);
          const outcome = await callOnHost(
            { module: call.module, function: call.function, args },
            "soft",
            context,
          );
          if (outcome.status === "failed") return { isThere: false, result: null, data: null };
          return { ...outcome, isThere: holds(until, { ...scope, result: outcome.data }) };
        },
      };
    }
  }
}

/** Asks for something that answers `{ok, _}` if it is there. */
async function ask(
  call: RemoteCall,
  isWanted: boolean,
  { node, signal, timeoutMs }: StepContext,
): Promise<Answer> {
  const answer = await node.call(call, { signal, timeoutMs });
  const isThere = isTuple(answer, 2) && isAtom(answer.elements[0] as Term, "ok");
  return { isThere: isThere === isWanted, result: null, data: null };
}

function portOf(template: Template, scope: Scope): number {
  const value = dataToValue(revealData(template.evaluate(scope)));
  const port = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new FusionPlayError(`Cannot wait for the port: ${dataText(template.evaluate(scope))} is none`, {
    code: "EXPRESSION_FAILED",
    hint: "A port is a number from 1 to 65535",
  });
}

function holds(until: readonly Expression[], scope: Scope): boolean {
  return until.every((condition) => condition.evaluate(scope) === true);
}

/** Whether asking again is of no use. */
function isFinal({ code }: FusionPlayError): boolean {
  return (
    isLoss(code) ||
    ["EXPRESSION_FAILED", "FUNCTION_NOT_FOUND", "POLICY_VIOLATION", "MODULE_PROTECTED"].includes(code)
  );
}

function tooLate(what: string, timeoutMs: number, last: Error | undefined): FusionPlayError {
  const why = last === undefined ? "" : `; the last question: ${last.message}`;
  return new FusionPlayError(`Cannot go on: after ${timeoutMs / 1000} s ${what}${why}`, {
    code: "TIMEOUT",
    hint: "Give the step a longer timeout, or look at the host",
    cause: last,
  });
}
