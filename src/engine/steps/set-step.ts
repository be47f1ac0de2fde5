import type { Data } from "../../etf/data.ts";
import type { Scope, SetStep } from "../../playbook/playbook.ts";
import type { StepOutcome } from "./step-context.ts";

/** Evaluates variables, each of which may use the ones before it, and gives them to the host. */
export function attemptSet(
  { values }: Pick<SetStep, "values">,
  scope: Scope,
  onSet: (vars: Readonly<Record<string, Data>>) => void,
): StepOutcome {
  let set: Readonly<Record<string, Data>> = {};
  for (const [name, template] of Object.entries(values)) {
    const vars = { ...(scope["vars"] as Readonly<Record<string, Data>>), ...set };
    set = { ...set, [name]: template.evaluate({ ...scope, vars }) };
  }
  onSet(set);
  return { status: "ok", result: null, data: set };
}
