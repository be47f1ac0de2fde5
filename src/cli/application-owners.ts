import type { CodePathSource } from "../beam/code-paths.ts";
import {
  applicationsToShip,
  missingApplications,
  namesOfTree,
  type Presence,
} from "../engine/applications-to-ship.ts";

/**
 * All modules of applications and of those that they need, with the application of each. What Erlang
 * and Elixir have themselves is left out, going by those installed here.
 *
 * @throws {FusionPlayError} `APPLICATION_NOT_FOUND`, `APPLICATION_INVALID`, `FILE_UNREADABLE`
 */
export async function applicationOwners(
  source: CodePathSource,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  for (const name of names) {
    const tree = await source.application(name);
    const provided = await source.providedApplications(namesOfTree(tree));
    const presence = new Map<string, Presence>(Array.from(provided, (known) => [known, "own"]));
    const { applications, missing } = applicationsToShip(tree, presence);
    const { erlang } = await source.checkable();
    if (erlang && missing.length > 0) throw missingApplications(missing, "Erlang and Elixir");
    for (const application of applications) {
      for (const module of application.modules) owners.set(module, application.name);
    }
  }
  return owners;
}
