import {
  applicationsToShip,
  namesOfTree,
  type ApplicationsToShip,
  type Presence,
} from "./applications-to-ship.ts";
import type { HostCode } from "./host-code.ts";
import type { ModuleSource } from "./module-source.ts";

export interface PlannedApplicationsOptions {
  /** Applications that the host has from earlier steps. @default [] */
  readonly shipped?: Iterable<string>;
  /** What the host says of its code. Default: it has what `source` says that Erlang and Elixir provide. */
  readonly host?: Pick<HostCode, "applications"> | undefined;
}

/**
 * What a host is sent of an application, as far as that is known without a run.
 *
 * @throws {FusionPlayError} `APPLICATION_NOT_FOUND` of the application itself, `APPLICATION_INVALID`,
 *   `FILE_UNREADABLE`
 */
export async function plannedApplications(
  application: string,
  source: ModuleSource,
  { shipped = [], host }: PlannedApplicationsOptions = {},
): Promise<ApplicationsToShip> {
  const tree = await source.application(application);
  const presence = new Map<string, Presence>();
  for (const name of shipped) presence.set(name, "other");
  if (host !== undefined) {
    for (const [name, how] of host.applications) presence.set(name, how);
  } else {
    for (const name of await source.providedApplications(namesOfTree(tree))) presence.set(name, "own");
  }
  return applicationsToShip(tree, presence);
}
