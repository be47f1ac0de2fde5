import type { Caller, FunctionName, MissingCall, ModuleExamination, PartOfName } from "./code-examination.ts";
import type { DryRunCaller, DryRunFunction, DryRunProblem, DryRunStep } from "./dry-run-report.ts";

/** What the code that a step ships says of itself. */
export type CodeFindings = Pick<DryRunStep, "problems" | "warnings" | "unknown_calls" | "unchecked_calls">;

/**
 * Puts together what the examination of modules found. A call that would find no function is a problem,
 * whether it is ever reached or not; where the code is prepared for it, it is a warning.
 *
 * @param isThere Whether a function is there for another reason, such as that an earlier play shipped it.
 */
export async function codeFindings(
  examinations: readonly ModuleExamination[],
  isThere: (called: FunctionName) => Promise<boolean>,
): Promise<CodeFindings> {
  const missing: MissingCall[] = [];
  for (const call of examinations.flatMap((examination) => examination.missing)) {
    if (!(await isThere(call.called))) missing.push(call);
  }
  const unchecked: FunctionName[] = [];
  for (const called of distinct(examinations.flatMap((examination) => examination.unchecked))) {
    if (!(await isThere(called))) unchecked.push(called);
  }
  return {
    problems: missing.filter(({ isExpected }) => !isExpected).map(dryRunProblem),
    warnings: missing.filter(({ isExpected }) => isExpected).map(dryRunProblem),
    unknown_calls: examinations.flatMap(({ module, dynamic, isCutShort }) => [
      ...dynamic.map(({ called, callers }) => ({
        module,
        called: dryRunFunction(called),
        callers: callers.map(dryRunCaller),
      })),
      ...(isCutShort ? [{ module, called: ANY_FUNCTION, callers: [] }] : []),
    ]),
    unchecked_calls: unchecked.map((called) => dryRunFunction(called)),
  };
}

const ANY_FUNCTION: DryRunFunction<null> = { module: null, function: null, arity: null };

function dryRunProblem({ called, callers, problem: { code, message } }: MissingCall): DryRunProblem {
  return { code, message, called: dryRunFunction(called), callers: callers.map(dryRunCaller) };
}

export function dryRunFunction(called: FunctionName): DryRunFunction;
export function dryRunFunction(called: PartOfName): DryRunFunction<null>;
export function dryRunFunction({ module, name, arity }: PartOfName): DryRunFunction<null> {
  return { module: module ?? null, function: name ?? null, arity: arity ?? null };
}

export function dryRunCaller({ module, name, arity, file, line }: Caller): DryRunCaller {
  return { module, function: name, arity, file: file ?? null, line: line ?? null };
}

function distinct(functions: readonly FunctionName[]): FunctionName[] {
  const found = new Map(functions.map((one) => [`${one.module}:${one.name}/${one.arity}`, one]));
  return Array.from(found.values());
}
