import { homedir } from "node:os";
import { holdsSecret } from "../etf/secret-data.ts";
import { FusionPlayError } from "../errors.ts";
import { connectionProblem } from "./connection-problem.ts";
import { connectionSettings, type PathOptions } from "./connection-settings.ts";
import type { Written } from "./connection-variables.ts";
import type { Host, Inventory } from "./inventory.ts";
import { linkedHops } from "./jump-hosts.ts";

/** A variable that is above those of the inventory. */
export interface VariableAbove extends Written {
  readonly name: string;
  /** The file that holds it, or what gives it. */
  readonly file: string;
}

/**
 * Gives an inventory with what variables above it say of how to reach hosts. That counts for every host, whichever name
 * of a setting the inventory uses; those that others jump through are reached on that way as the inventory says.
 *
 * @param variables later ones win; those that say nothing of it are left alone
 * @param paths by default the home folder of the user, and the working directory
 * @throws {FusionPlayError} `USAGE` if one of them cannot be used, or has a name of ours that nobody knows
 */
export function withGivenConnection(
  inventory: Inventory,
  variables: readonly VariableAbove[],
  paths: PathOptions = { homeDirectory: homedir(), workingDirectory: process.cwd() },
): Inventory {
  for (const variable of variables) refuseWrong(variable);
  const settings = connectionSettings(
    new Map(
      variables.map(({ name, file, ...value }) => [name, { ...value, place: { file: { path: file } } }]),
    ),
    paths,
  );
  if (Object.keys(settings).length === 0) return inventory;
  const hosts = new Map<string, Host>();
  for (const [name, host] of inventory.hosts) {
    const connection = { ...host.connection, ...settings };
    const jump =
      settings.jump === undefined
        ? {}
        : { jump: linkedHops(connection, (hop) => inventory.hosts.get(hop)?.connection) };
    hosts.set(name, { ...host, connection: { ...connection, ...jump } });
  }
  return { ...inventory, hosts };
}

function refuseWrong({ name, file, ...value }: VariableAbove): void {
  const problem = connectionProblem(name, value, { isShown: !holdsSecret(value.data) });
  if (problem === undefined) return;
  throw new FusionPlayError(`Cannot use a variable of ${file}: ${problem.message}`, {
    code: "USAGE",
    hint: problem.hint,
  });
}
