import type { PlanOptions } from "../engine/run-options.ts";
import type { Data } from "../etf/data.ts";
import { isSecretVariable } from "../inventory/connection-variables.ts";
import { secret } from "../secret.ts";
import type { Secrets } from "../secrets/secrets.ts";

/** Makes secrets of the given variables whose names say that they are passwords. */
export function withSecretPasswords(variables: Readonly<Record<string, Data>>): Record<string, Data> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, data]) => [name, isSecretVariable(name) ? secret(data) : data]),
  );
}

/**
 * Makes secrets of the given variables that stand in the place of a private answer.
 *
 * @param secrets gets them, those that are secrets already, and the default of each private answer
 */
export function withSecretVariables<Plan extends Pick<PlanOptions, "playbooks" | "extraVars">>(
  plan: Plan,
  secrets: Secrets,
): Plan {
  const { playbooks, extraVars = {} } = plan;
  const prompts = playbooks.flatMap(({ plays }) => plays).flatMap((play) => play.prompts);
  const isPrivate = new Set(prompts.filter((prompt) => prompt.isPrivate).map(({ name }) => name));
  for (const prompt of prompts) {
    if (prompt.isPrivate && prompt.default !== undefined) secrets.addData(prompt.default);
  }
  const given = Object.entries(extraVars).map(([name, data]): [string, Data] => {
    return [name, isPrivate.has(name) ? secret(data) : data];
  });
  for (const [, data] of given) secrets.addSecretsIn(data);
  return { ...plan, extraVars: Object.fromEntries(given) };
}
