import type { PlanOptions } from "../engine/run-options.ts";
import { isSecretVariable } from "../inventory/connection-variables.ts";
import type { Secrets } from "../secrets/secrets.ts";

/**
 * Keeps secret what is given in plain text and known to be private: passwords, what stands in the place of a private
 * answer, and the default of one.
 */
export function addGivenSecrets(
  { playbooks, extraVars = {} }: Pick<PlanOptions, "playbooks" | "extraVars">,
  secrets: Secrets,
): void {
  const prompts = playbooks.flatMap(({ plays }) => plays).flatMap((play) => play.prompts);
  const isPrivate = new Set(prompts.filter((prompt) => prompt.isPrivate).map(({ name }) => name));
  for (const prompt of prompts) {
    if (prompt.isPrivate && prompt.default !== undefined) secrets.addData(prompt.default);
  }
  for (const [name, data] of Object.entries(extraVars)) {
    if (isPrivate.has(name) || isSecretVariable(name)) secrets.addData(data);
  }
}
