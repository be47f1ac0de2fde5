import { displayModule } from "../etf/module-name.ts";
import type { DryRunProblem } from "./dry-run-report.ts";
import type { ShippedModule } from "./module-source.ts";

/** How many modules a message names. */
const NAMED_MODULES = 3;

/** What is wrong with modules that were compiled for a newer release of OTP than the host has. */
export interface ReleaseFindings {
  readonly problems: readonly DryRunProblem[];
  readonly warnings: readonly DryRunProblem[];
}

const NOTHING: ReleaseFindings = { problems: [], warnings: [] };

/**
 * Compares modules with the release of OTP on a host: those that it cannot load, and those that it may not.
 *
 * @param otp The release, such as `"25"`; undefined where it is not known, so that nothing is found.
 */
export function releaseFindings(modules: readonly ShippedModule[], otp: string | undefined): ReleaseFindings {
  if (otp === undefined) return NOTHING;
  const release = Number.parseInt(otp, 10);
  const tooNew = modules.filter(({ minimumOtp = 0 }) => minimumOtp > release);
  const compiledNewer = modules.filter(
    (module) => !tooNew.includes(module) && (module.compiledBy ?? 0) > release,
  );
  const problem = (found: readonly ShippedModule[], message: string): DryRunProblem[] =>
    found.length === 0
      ? []
      : [{ code: "MODULE_TOO_NEW", message: message.replace("MODULES", namesOf(found)) }];
  const newest = (releases: readonly (number | undefined)[]): number =>
    releases.reduce<number>((most, one = 0) => Math.max(most, one), 0);
  const needed = newest(tooNew.map(({ minimumOtp }) => minimumOtp));
  const compiler = newest(compiledNewer.map(({ compiledBy }) => compiledBy));
  return {
    problems: problem(tooNew, `Cannot load MODULES: OTP ${needed} is needed, the host has ${otp}`),
    warnings: problem(
      compiledNewer,
      `MODULES: compiled by OTP ${compiler}, the host has ${otp}; it uses no instruction that is newer`,
    ),
  };
}

function namesOf(modules: readonly ShippedModule[]): string {
  const named = modules.slice(0, NAMED_MODULES).map(({ name }) => displayModule(name));
  const more = modules.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
