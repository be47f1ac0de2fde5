import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { indexApplications } from "./applications.ts";
import { findElixir, findErlang, type Installation } from "./installation.ts";
import { indexModules } from "./module-index.ts";
import { moduleStore, type ModuleStore } from "./module-store.ts";
import { ELIXIR_APPLICATIONS, OTP_APPLICATIONS } from "./own-applications.ts";

/** What Erlang and Elixir bring along, going by those installed on this machine. */
export interface ProvidedModules extends ModuleStore {
  readonly files: ReadonlyMap<string, string>;
  /** Whether Erlang is installed here: without it, nothing is known of its modules. */
  readonly erlang: boolean;
  readonly elixir: boolean;
  /** Names of their applications. */
  readonly applications: ReadonlySet<string>;
}

/** Indexes the modules of the Erlang and the Elixir that are installed on this machine. */
export async function providedModules(signal: AbortSignal): Promise<ProvidedModules> {
  const [erlang, elixir] = await Promise.all([findErlang(signal), findElixir(signal)]);
  const folders = [
    ...applicationFolders(erlang),
    // In some installations the modules that the emulator itself holds are apart from the others.
    ...(erlang === undefined ? [] : foldersIn(dirname(erlang.libraryFolder), ["erts"])),
    ...applicationFolders(elixir),
  ];
  return {
    ...moduleStore(indexModules(folders)),
    erlang: erlang !== undefined,
    elixir: elixir !== undefined,
    applications: new Set(indexApplications(folders).keys()),
  };
}

/** Other applications may lie there, too: those of a release, and what a distribution puts there. */
const OWN: readonly string[] = [...OTP_APPLICATIONS, ...ELIXIR_APPLICATIONS];

function applicationFolders(installation: Installation | undefined): string[] {
  return installation === undefined ? [] : foldersIn(installation.libraryFolder, OWN);
}

/** The `ebin` folders of applications one level down; of one in several versions, the newest first. */
function foldersIn(folder: string, applications: readonly string[]): string[] {
  return readdirSync(folder)
    .filter((entry) => applications.includes(entry.split("-", 1)[0] ?? ""))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((entry) => join(folder, entry, "ebin"))
    .filter(isReadableFolder);
}

function isReadableFolder(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
