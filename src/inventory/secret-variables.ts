import { secret } from "../secret.ts";
import type { TagPurpose } from "../secrets/ansible-tags.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { isSecretVariable } from "./connection-variables.ts";
import type { InventoryTree } from "./inventory-tree.ts";

/**
 * Makes secrets of what encrypted files give, and of the passwords of any file, unless they are to be listed. Values
 * that are encrypted themselves, bear the tag `!secret` or come of `secret()` are secrets already.
 *
 * @param secrets gets all of them
 */
export function hideSecrets(
  { groups, hosts, layers }: InventoryTree,
  { secrets, purpose }: { readonly secrets: Secrets; readonly purpose: TagPurpose },
): void {
  const owners = [...groups.values(), ...hosts.values()].map(({ vars }) => vars);
  const ofLayers = layers.flatMap((layer) => [...layer.groups.values(), ...layer.hosts.values()]);
  for (const vars of [...owners, ...ofLayers]) {
    for (const [name, variable] of vars) {
      const { data, source, place } = variable;
      const isPassword = isSecretVariable(name);
      secrets.addSecretsIn(data);
      if (!isPassword && place.file.isSecret !== true) continue;
      secrets.addData(data);
      // A password that looks like a number counts as it was written.
      if (isPassword && source !== undefined) secrets.add(source);
      if (purpose !== "listing") vars.set(name, { ...variable, data: secret(data) });
    }
  }
}
