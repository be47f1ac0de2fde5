import type { Host } from "../inventory/inventory.ts";
import type { Play } from "../playbook/playbook.ts";
import { refuseMissingVariables } from "../playbook/missing-variables.ts";
import { refuseUnknownDelegates } from "../playbook/unknown-delegates.ts";
import type { PlanOptions } from "./run-options.ts";

/**
 * Refuses plays that read variables which nothing gives, or delegate to hosts that are not there, before anything
 * is done. After a play whose steps are a function nothing is said of variables: it may have set any.
 *
 * @param hosts those of each play
 * @throws {DocumentError} with the places of all of them
 */
export function checkVariables(
  plays: readonly Play[],
  hosts: readonly (readonly Host[])[],
  { inventory, extraVars = {} }: Pick<PlanOptions, "inventory" | "extraVars">,
): void {
  refuseUnknownDelegates(plays, new Set(inventory.hosts.keys()));
  const names = new Set<string>();
  for (const { vars } of inventory.hosts.values()) for (const name in vars) names.add(name);
  const first = plays.findIndex(({ steps }) => typeof steps === "function");
  const known = first === -1 ? plays : plays.slice(0, first + 1);
  refuseMissingVariables(
    known.filter((_, index) => (hosts[index] ?? []).length > 0),
    { inventory: names, extra: new Set(Object.keys(extraVars)) },
  );
}
