import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { SourceFile } from "../documents/source-file.ts";
import { CONNECTION_VARIABLES, readSetting, type Written } from "./connection-variables.ts";
import type { ConnectionSettings } from "./inventory.ts";

/** Folders that paths in connection variables start from. */
export interface PathOptions {
  readonly homeDirectory: string;
  readonly workingDirectory: string;
}

const FILES: ReadonlySet<keyof ConnectionSettings> = new Set(["privateKeyFile", "knownHostsFile", "runtime"]);

/** A variable, and the file that its paths are beside. */
export interface PlacedVariable extends Written {
  readonly place: { readonly file: Pick<SourceFile, "path"> };
}

/**
 * Gives the connection settings of a host. Of the names of one setting our own wins over Ansible's, however
 * far up the groups it stands.
 *
 * Paths of files: `~/` is the home folder. A relative path is looked up beside the inventory file that gives
 * it, then in the working directory; where it is in neither, it counts as beside the inventory file.
 *
 * @param vars merged variables, without problems
 */
export function connectionSettings(
  vars: ReadonlyMap<string, PlacedVariable>,
  paths: PathOptions,
): ConnectionSettings {
  const settings: Record<string, unknown> = {};
  for (const connectionVariable of CONNECTION_VARIABLES) {
    const { setting, names } = connectionVariable;
    for (const name of names) {
      const variable = vars.get(name);
      if (variable === undefined) continue;
      const reading = readSetting(connectionVariable, name, variable);
      if ("saysNothing" in reading) continue;
      if ("expected" in reading) break;
      const { value } = reading;
      const isFile = FILES.has(setting);
      settings[setting] = isFile && typeof value === "string" ? absolutePath(value, variable, paths) : value;
      break;
    }
  }
  return settings;
}

function absolutePath(
  path: string,
  { place }: PlacedVariable,
  { homeDirectory, workingDirectory }: PathOptions,
): string {
  if (path === "~" || path.startsWith("~/")) return join(homeDirectory, path.slice(1));
  if (isAbsolute(path)) return path;
  const beside = resolve(workingDirectory, dirname(place.file.path), path);
  if (existsSync(beside)) return beside;
  const working = resolve(workingDirectory, path);
  return existsSync(working) ? working : beside;
}
