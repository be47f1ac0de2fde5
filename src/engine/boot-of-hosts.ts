import { FusionPlayError } from "../errors.ts";
import type { Host } from "../inventory/inventory.ts";
import type { Play } from "../playbook/playbook.ts";

/** A play, as far as it says how hosts boot. */
export interface BootingPlay {
  readonly play: Pick<Play, "name" | "bundle" | "transport">;
  readonly hosts: readonly Host[];
}

/** How a host boots, as far as plays say it; what the inventory says counts more. */
export type HostBoot = Pick<Play, "bundle" | "transport">;

/**
 * Finds how plays want each host to boot. A host boots once in a run, so what a play does not say counts for it
 * too.
 *
 * @throws {FusionPlayError} `USAGE` where two plays want the same host to boot in different ways
 */
export function bootOfHosts(plays: readonly BootingPlay[]): (host: Pick<Host, "name">) => HostBoot {
  const bundles = wishesOfHosts(plays, ({ bundle }) => bundle, {
    action: "bring two runtimes to",
    key: "runtime",
  });
  const transports = wishesOfHosts(plays, ({ transport }) => transport, {
    action: "use two transports for",
    key: "transport",
  });
  return ({ name }) => ({ bundle: bundles.get(name), transport: transports.get(name) });
}

function wishesOfHosts<Wish>(
  plays: readonly BootingPlay[],
  wishOf: (play: BootingPlay["play"]) => Wish | undefined,
  { action, key }: { action: string; key: string },
): ReadonlyMap<string, Wish> {
  const found = new Map<string, { wish: Wish; play: string }>();
  for (const { play, hosts } of plays) {
    const wish = wishOf(play);
    if (wish === undefined) continue;
    for (const { name } of hosts) {
      const known = found.get(name);
      if (known !== undefined && known.wish !== wish) {
        throw new FusionPlayError(
          `Cannot ${action} ${name}: the plays "${known.play}" and "${play.name}" have different ones`,
          { code: "USAGE", hint: `Give both plays the same ${key}: a host boots once in a run` },
        );
      }
      found.set(name, { wish, play: play.name });
    }
  }
  return new Map(Array.from(found, ([name, { wish }]) => [name, wish]));
}
