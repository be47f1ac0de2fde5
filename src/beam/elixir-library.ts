import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { atomsOfTerms } from "../etf/atoms-of-terms.ts";
import { isTuple, type Term } from "../etf/term.ts";
import type { ApplicationResource } from "./application-resource.ts";
import { readApplicationResource } from "./applications.ts";
import { pairs } from "./attributes.ts";
import { findElixir } from "./installation.ts";
import { indexModules, modulesIn } from "./module-index.ts";
import { moduleStore, type ModuleStore } from "./module-store.ts";

/** Elixir's own code, for hosts that have only Erlang. */
export interface ElixirLibrary {
  /** Such as `1.14.0`. */
  readonly version: string;
  /** Its modules, where they are not on the code paths. */
  readonly store: ModuleStore | undefined;
  /** The `ebin` folders of its applications, where they are not on the code paths. */
  readonly folders: readonly string[];
  /** Names of its applications. */
  readonly applications: ReadonlySet<string>;
  /** The resource of the application `elixir`: `{application, elixir, Keys}`. */
  readonly resource: Term;
  /** What runs as soon as the application `elixir` is started, or what its environment names. */
  readonly started: readonly string[];
  /** Whether the module is one of Elixir's own. */
  has(module: string): boolean;
  /**
   * Whether a module that names one of Elixir's own may need it. Elixir itself asks whether IEx and
   * Logger are there; they are needed where an application says that it depends on them.
   */
  mayNeed(module: string, needed: string): boolean;
}

/** The application of Elixir, and its main module. */
export const ELIXIR = "elixir";

/**
 * Opens the Elixir that is installed on this machine; `undefined` if there is none.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `APPLICATION_INVALID`
 */
export async function installedElixir(signal: AbortSignal): Promise<ElixirLibrary | undefined> {
  const found = await findElixir(signal);
  if (found === undefined) return undefined;
  const { libraryFolder, version } = found;
  const applications = readdirSync(libraryFolder)
    .map((name) => join(libraryFolder, name, "ebin", `${name}.app`))
    .filter((file) => existsSync(file))
    .map((file) => ({ folder: dirname(file), resource: readApplicationResource(file) }));
  const elixir = applications.find(({ resource }) => resource.name === ELIXIR);
  if (elixir === undefined) return undefined;
  const folders = applications.map(({ folder }) => folder);
  const store = moduleStore(indexModules(folders));
  const owners = new Map(
    applications.flatMap(({ folder, resource }) =>
      modulesIn(folder).map((module) => [module, resource] as const),
    ),
  );
  return {
    ...startOf(elixir.resource),
    version,
    store,
    folders,
    applications: new Set(applications.map(({ resource }) => resource.name)),
    has: (module) => owners.has(module),
    mayNeed: (module, needed) => dependsOn(owners.get(module), owners.get(needed)),
  };
}

/**
 * Opens the Elixir that the code paths hold, as those of a release do; `undefined` if they hold none.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `APPLICATION_INVALID`
 */
export function elixirOnCodePaths({ files }: ModuleStore): ElixirLibrary | undefined {
  const file = files.get(ELIXIR);
  if (file === undefined) return undefined;
  const resource = readApplicationResource(join(dirname(file), `${ELIXIR}.app`));
  const modules = new Set(modulesIn(dirname(file)));
  return {
    ...startOf(resource),
    version: resource.version,
    store: undefined,
    folders: [],
    applications: new Set([ELIXIR]),
    has: (module) => modules.has(module),
    mayNeed: () => true,
  };
}

function startOf({ term }: ApplicationResource): Pick<ElixirLibrary, "resource" | "started"> {
  const [, , properties = []] = isTuple(term, 3) ? term.elements : [];
  const values = new Map(pairs(properties));
  const named = atomsOfTerms(["registered", "env"].map((key) => values.get(key) ?? []));
  return { resource: term, started: Array.from(named) };
}

function dependsOn(
  application: ApplicationResource | undefined,
  needed: ApplicationResource | undefined,
): boolean {
  if (application === undefined || needed === undefined || application === needed) return true;
  return application.applications.includes(needed.name) || application.included.includes(needed.name);
}
