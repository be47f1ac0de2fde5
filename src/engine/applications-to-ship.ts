import { FusionPlayError } from "../errors.ts";
import type { ApplicationTree, ShippedApplication } from "./shipped-application.ts";

/**
 * How a host has an application by itself: `own` with its OTP or Elixir, where it stays as it is, or
 * `other`, somewhere else.
 */
export type Presence = "own" | "other";

/** An application that is neither on the code paths nor on the host. */
export interface MissingApplication {
  readonly name: string;
  /** The application that needs it. */
  readonly neededBy: string;
}

export interface ApplicationsToShip {
  /** Dependencies before dependents. */
  readonly applications: readonly ShippedApplication[];
  readonly missing: readonly MissingApplication[];
}

/**
 * Chooses what a host gets of an application and all that it needs: what it does not have with its
 * own OTP or Elixir, and what is needed only for the sake of such, is left to the host.
 */
export function applicationsToShip(
  { root, applications }: ApplicationTree,
  presence: ReadonlyMap<string, Presence>,
): ApplicationsToShip {
  const chosen: ShippedApplication[] = [];
  const missing: MissingApplication[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const application = applications.get(name);
    if (seen.has(name) || application === undefined || presence.get(name) === "own") return;
    seen.add(name);
    for (const need of application.needs) {
      const isThere = applications.has(need.name) || presence.has(need.name);
      if (!isThere && !need.optional) missing.push({ name: need.name, neededBy: name });
      visit(need.name);
    }
    chosen.push(application);
  };
  visit(root);
  return { applications: chosen, missing };
}

/** Names of all applications that matter for an application: its own, and what it and the others need. */
export function namesOfTree({ applications }: ApplicationTree): string[] {
  const needs = Array.from(applications.values()).flatMap((application) =>
    application.needs.map(({ name }) => name),
  );
  return Array.from(new Set([...applications.keys(), ...needs]));
}

/** The error of applications that are missing; `where` is the host they would have to be on. */
export function missingApplications(missing: readonly MissingApplication[], where: string): FusionPlayError {
  const names = Array.from(new Set(missing.map(({ name }) => name)));
  const [what, they] = names.length === 1 ? ["the application", "it"] : ["applications", "them"];
  const needs = missing.map(({ name, neededBy }) => `${neededBy} needs ${name}`).join(", ");
  return new FusionPlayError(
    `Cannot find ${what} ${names.join(", ")}: neither the code paths nor ${where} have ${they} (${needs})`,
    {
      code: "APPLICATION_NOT_FOUND",
      hint: "List their ebin folders under modules, such as _build/prod/lib/*/ebin, or install them on the host",
    },
  );
}
