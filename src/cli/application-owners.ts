import type { CodePathSource } from "../beam/code-paths.ts";
import { missingApplications } from "../engine/applications-to-ship.ts";
import { plannedApplications } from "../engine/planned-applications.ts";

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
    const { applications, missing } = await plannedApplications(name, source);
    if (missing.length > 0) throw missingApplications(missing, "Erlang and Elixir");
    for (const application of applications) {
      for (const module of application.modules) owners.set(module, application.name);
    }
  }
  return owners;
}
