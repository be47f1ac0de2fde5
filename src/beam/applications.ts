import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FusionPlayError } from "../errors.ts";
import { encodeTerm } from "../etf/encode.ts";
import type { Term } from "../etf/term.ts";
import type { ModuleSource, ShippedModule } from "../engine/module-source.ts";
import type { ApplicationNeed, ApplicationTree, ShippedApplication } from "../engine/shipped-application.ts";
import { isAppleDouble } from "./apple-double.ts";
import { applicationFiles, type ApplicationFiles } from "./application-files.ts";
import { parseApplicationResource, type ApplicationResource } from "./application-resource.ts";
import { modulesIn } from "./module-index.ts";
import { nearestName } from "./module-name.ts";
import { unreadable } from "./unreadable.ts";

/** The applications of code paths. */
export interface Applications {
  /** Whether the code paths hold the application. */
  has(name: string): boolean;
  /** Finds an application with all that it needs; each is read once. */
  tree(name: string): Promise<ApplicationTree>;
}

/**
 * Finds applications by the `.app` files of code paths.
 *
 * @param folders the code paths, in the order in which they are looked at
 * @param hasModule whether the code paths hold a module
 */
export function applicationsIn(
  folders: readonly string[],
  hasModule: (module: string) => boolean,
): Applications {
  let index: ReadonlyMap<string, string> | undefined;
  const files = (): ReadonlyMap<string, string> => (index ??= indexApplications(folders));
  const read = new Map<string, Promise<ShippedApplication>>();
  const load = (name: string, file: string): Promise<ShippedApplication> => {
    const known = read.get(name) ?? readApplication(name, file, hasModule);
    read.set(name, known);
    return known;
  };
  return {
    has: (name) => files().has(name),
    tree: async (root) => {
      if (!files().has(root)) throw missingApplication(root, files().keys());
      const applications = new Map<string, ShippedApplication>();
      const open = [root];
      for (let name = open.pop(); name !== undefined; name = open.pop()) {
        const file = files().get(name);
        if (file === undefined || applications.has(name)) continue;
        const application = await load(name, file);
        applications.set(name, application);
        open.push(...application.needs.map((need) => need.name));
      }
      return { root, applications };
    },
  };
}

/**
 * Makes the function that gives the closure of all modules of applications. It is computed once for
 * the same applications, whatever the number of hosts.
 */
export function applicationCloser(closure: ModuleSource["closure"]): ModuleSource["closureOfApplications"] {
  const closures = new Map<string, readonly ShippedModule[]>();
  return (applications) => {
    const key = JSON.stringify(applications.map(({ name }) => name));
    const known = closures.get(key);
    if (known !== undefined) return known;
    const owners = new Map(
      applications.flatMap(({ name, modules }) => modules.map((module) => [module, name])),
    );
    const closed = closure(Array.from(owners.keys())).map((module) => {
      const application = owners.get(module.name);
      return application === undefined
        ? module
        : { ...module, reason: { type: "application", application } as const };
    });
    closures.set(key, closed);
    return closed;
  };
}

/** Paths of the `.app` files by the name of the application; the first path that holds one wins. */
export function indexApplications(paths: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const folder of paths.filter((path) => !path.endsWith(".beam"))) {
    const names = readdirSync(folder).filter((name) => name.endsWith(".app") && !isAppleDouble(name));
    for (const name of names.sort()) {
      const application = basename(name, ".app");
      if (!files.has(application)) files.set(application, join(folder, name));
    }
  }
  return files;
}

/**
 * Reads a `.app` file.
 *
 * @throws {FusionPlayError} `APPLICATION_INVALID`, `FILE_UNREADABLE`
 */
export function readApplicationResource(file: string): ApplicationResource {
  const resource = parseApplicationResource(readText(file));
  if (typeof resource === "string") throw invalid(file, resource);
  return resource;
}

async function readApplication(
  name: string,
  file: string,
  hasModule: (module: string) => boolean,
): Promise<ShippedApplication> {
  const resource = readApplicationResource(file);
  if (resource.name !== name) throw invalid(file, `it is that of the application ${resource.name}`);
  // What a build tool lists, and what is there: files that were written by hand may list nothing.
  const modules = new Set([...resource.modules, ...modulesIn(dirname(file))]);
  const missing = resource.modules.find((module) => !hasModule(module));
  if (missing !== undefined)
    throw invalid(file, `it lists the module ${missing}, and no code path holds that`);
  const content = await applicationFiles(file);
  return {
    name,
    version: resource.version,
    resource: resource.term,
    file,
    modules: Array.from(modules).filter(hasModule),
    needs: needsOf(resource),
    ...content,
    fingerprint: fingerprintOf(resource.term, content),
  };
}

function fingerprintOf(resource: Term, { files, folders }: ApplicationFiles): string {
  const parts = [folders, files.map(({ path, sha256, executable }) => [path, sha256, executable])];
  return createHash("sha256").update(encodeTerm(resource)).update(JSON.stringify(parts)).digest("hex");
}

function needsOf({ applications, included, optional }: ApplicationResource): ApplicationNeed[] {
  const names = new Set([...applications, ...included, ...optional]);
  return Array.from(names, (name) => ({
    name,
    optional: optional.includes(name) && !included.includes(name),
  }));
}

function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return bytes.toString("latin1"); // as files of old are
    }
  } catch (cause) {
    throw unreadable(`"${file}"`, cause);
  }
}

function invalid(file: string, state: string): FusionPlayError {
  return new FusionPlayError(`Cannot use "${file}": ${state}`, {
    code: "APPLICATION_INVALID",
    hint: "Build the application again",
  });
}

/** The error of an application that no code path holds. `known` are names that may have been meant. */
function missingApplication(name: string, known: Iterable<string>): FusionPlayError {
  const nearest = nearestName(name, Array.from(known));
  return new FusionPlayError(`Cannot find the application ${name}: no code path holds ${name}.app`, {
    code: "APPLICATION_NOT_FOUND",
    hint:
      nearest === undefined
        ? "List its ebin folder under modules, or name it with -m; sources have no applications"
        : `Did you mean ${nearest}?`,
  });
}
