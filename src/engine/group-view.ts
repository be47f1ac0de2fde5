import { FusionPlayError } from "../errors.ts";
import { dataToValue, type Data } from "../etf/data.ts";
import type { Value } from "../etf/value.ts";
import type { GroupMember, PlayGroup } from "../playbook/play-group.ts";
import { nameHint } from "../playbook/name-hint.ts";
import type { RunNames } from "./scope.ts";

/**
 * Looks a group up for a TypeScript play.
 *
 * @throws {FusionPlayError} `USAGE` where the inventory has no such group
 */
export function groupView(
  name: string,
  { groups, hostvars }: Pick<RunNames, "groups" | "hostvars">,
): PlayGroup {
  const known = groups as Readonly<Record<string, readonly string[]>>;
  const hosts = Object.hasOwn(known, name) ? known[name] : undefined;
  if (hosts === undefined) {
    throw new FusionPlayError(`Cannot look up the group "${name}": the inventory has none of that name`, {
      code: "USAGE",
      hint: nameHint(String(name), Object.keys(known), "The groups are"),
    });
  }
  const vars = hostvars as Readonly<Record<string, Readonly<Record<string, Data>>>>;
  return { name, hosts: hosts.map((host) => memberView(host, vars[host] ?? {})) };
}

/** The variables of a host that nobody asks for are not made plain. */
function memberView(name: string, vars: Readonly<Record<string, Data>>): GroupMember {
  return {
    name,
    get vars(): Readonly<Record<string, Value>> {
      return plainVariables(vars);
    },
  };
}

/** Variables as TypeScript plays see them: what is not to be shown is a secret there, too. */
export function plainVariables(vars: Readonly<Record<string, Data>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(vars).map(([name, data]) => [name, dataToValue(data)]));
}
