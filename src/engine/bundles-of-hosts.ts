import { FusionPlayError } from "../errors.ts";
import type { Host } from "../inventory/inventory.ts";
import type { Play } from "../playbook/playbook.ts";

/** A play, as far as it brings a runtime to hosts. */
export interface BringingPlay {
  readonly play: Pick<Play, "name" | "bundle">;
  readonly hosts: readonly Host[];
}

/**
 * Finds the runtime that plays bring to each host, by name. A host boots once in a run, so a play that does
 * not say gets it too.
 *
 * @throws {FusionPlayError} `USAGE` where two plays bring another one to the same host
 */
export function bundlesOfHosts(plays: readonly BringingPlay[]): ReadonlyMap<string, string> {
  const found = new Map<string, { bundle: string; play: string }>();
  for (const { play, hosts } of plays) {
    if (play.bundle === undefined) continue;
    for (const { name } of hosts) {
      const known = found.get(name);
      if (known !== undefined && known.bundle !== play.bundle) {
        throw new FusionPlayError(
          `Cannot bring two runtimes to ${name}: the plays "${known.play}" and "${play.name}" have different ones`,
          { code: "USAGE", hint: "Give both plays the same runtime: a host boots once in a run" },
        );
      }
      found.set(name, { bundle: play.bundle, play: play.name });
    }
  }
  return new Map(Array.from(found, ([name, { bundle }]) => [name, bundle]));
}
