import {
  applicationsToShip,
  namesOfTree,
  type ApplicationsToShip,
  type Presence,
} from "./applications-to-ship.ts";
import type { ModuleSource } from "./module-source.ts";

/**
 * What a host is sent of an application, as far as that is known without asking it: it is taken to
 * have what `source` says that Erlang and Elixir provide.
 *
 * @param shipped applications that it has from elsewhere
 * @throws {FusionPlayError} `APPLICATION_NOT_FOUND` of the application itself, `APPLICATION_INVALID`,
 *   `FILE_UNREADABLE`
 */
export async function plannedApplications(
  application: string,
  source: ModuleSource,
  shipped: Iterable<string> = [],
): Promise<ApplicationsToShip> {
  const tree = await source.application(application);
  const presence = new Map<string, Presence>();
  for (const name of shipped) presence.set(name, "other");
  for (const name of await source.providedApplications(namesOfTree(tree))) presence.set(name, "own");
  return applicationsToShip(tree, presence);
}
