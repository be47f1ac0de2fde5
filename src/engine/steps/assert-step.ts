import { dataToTerm, dataToValue, termToData, type Data } from "../../etf/data.ts";
import { termsEqual } from "../../etf/equal.ts";
import { formatTerm } from "../../etf/format.ts";
import { holdsSecret, revealData, shownData } from "../../etf/secret-data.ts";
import type { Term } from "../../etf/term.ts";
import { dataText } from "../../playbook/data-text.ts";
import { secret } from "../../secret.ts";
import type { AssertStep, Scope } from "../../playbook/playbook.ts";
import type { ErrorReport, StepReport } from "../report.ts";
import type { StepOutcome } from "./step-context.ts";

const MAX_TERM_CHARACTERS = 2000;

/** What an assertion expected and found; both absent where it is only false. */
interface Mismatch {
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** Checks a value or conditions; touches no host. A false assertion is an outcome, not an error. */
export function attemptAssert(
  step: Pick<AssertStep, "that" | "value" | "equals" | "match" | "schema" | "message">,
  scope: Scope,
  language: StepReport["language"],
): StepOutcome {
  const value = step.value === undefined ? (scope["result"] ?? null) : step.value.evaluate(scope);
  const bound = step.match?.match(dataToTerm(value));
  const inner = bound === undefined ? scope : { ...scope, ...dataOf(bound, holdsSecret(value)) };
  const mismatch =
    (step.match !== undefined && bound === undefined
      ? mismatchOf("the value does not match the pattern", step.match.source, value, language)
      : undefined) ??
    unequal(step, inner, value, language) ??
    againstSchema(step, value, language) ??
    falseCondition(step, inner);
  // The value goes on as the result of the step before, but is not told again: that step may hide it.
  if (mismatch === undefined) return { status: "ok", result: null, data: value };
  return { status: "failed", error: assertionFailed(mismatch, step, inner) };
}

/** What a pattern binds in a secret is one. */
function dataOf(bound: Readonly<Record<string, Term>>, isSecret: boolean): Record<string, Data> {
  return Object.fromEntries(
    Object.entries(bound).map(([name, term]) => {
      const data = termToData(term);
      return [name, isSecret ? secret(data) : data];
    }),
  );
}

function unequal(
  { equals }: Pick<AssertStep, "equals">,
  scope: Scope,
  value: Data,
  language: StepReport["language"],
): Mismatch | undefined {
  if (equals === undefined) return undefined;
  const expected = equals.evaluate(scope);
  if (termsEqual(dataToTerm(expected), dataToTerm(value))) return undefined;
  return mismatchOf("the value is not the expected one", printData(expected, language), value, language);
}

function againstSchema(
  { schema }: Pick<AssertStep, "schema">,
  value: Data,
  language: StepReport["language"],
): Mismatch | undefined {
  const problems = schema?.problems(dataToValue(revealData(value))) ?? [];
  if (problems.length === 0) return undefined;
  return {
    message: `the value does not satisfy the schema: ${problems.join("; ")}`,
    actual: printData(value, language),
  };
}

function falseCondition({ that }: Pick<AssertStep, "that">, scope: Scope): Mismatch | undefined {
  const failed = that.find((expression) => expression.evaluate(scope) !== true);
  return failed === undefined ? undefined : { message: `${failed.source} is false` };
}

function mismatchOf(
  message: string,
  expected: string,
  value: Data,
  language: StepReport["language"],
): Mismatch {
  return { message, expected, actual: printData(value, language) };
}

function assertionFailed(
  { message, ...found }: Mismatch,
  step: Pick<AssertStep, "message">,
  scope: Scope,
): ErrorReport {
  const own = ownMessage(step, scope);
  return {
    code: "ASSERTION_FAILED",
    message: own?.text ?? `Assertion failed: ${message}`,
    hint: own === undefined ? null : (own.problem ?? message),
    ...found,
  };
}

/** The step's own message. One that cannot be made, as its pattern bound nothing, must not hide what failed. */
function ownMessage(
  { message }: Pick<AssertStep, "message">,
  scope: Scope,
): { text?: string; problem?: string } | undefined {
  if (message === undefined) return undefined;
  try {
    return { text: dataText(message.evaluate(scope)) };
  } catch (error) {
    return { problem: `The step's own message could not be made: ${(error as Error).message}` };
  }
}

/** Writes a value without the secrets in it. */
function printData(value: Data, language: StepReport["language"]): string {
  return formatTerm(dataToTerm(shownData(value)), language, { maxLength: MAX_TERM_CHARACTERS });
}
