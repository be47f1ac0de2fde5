import { moduleSources } from "./cli/module-sources.ts";
import { loadFiles } from "./cli/load-files.ts";
import { sshConnector } from "./cli/ssh-connector.ts";
import type { Report } from "./engine/report.ts";
import type { RunEvent } from "./engine/run-event.ts";
import { runPlaybooks } from "./engine/run.ts";
import type { RunOptions } from "./engine/run-options.ts";
import type { HostKeyChecking } from "./inventory/inventory.ts";

/** Options of {@linkcode run}. */
export interface RunRequest extends Pick<
  RunOptions,
  | "limit"
  | "tags"
  | "skipTags"
  | "startAtStep"
  | "extraVars"
  | "concurrency"
  | "connectConcurrency"
  | "stepTimeoutMs"
> {
  /** Paths of YAML or TypeScript playbooks. */
  playbooks: readonly string[];
  /** Files, folders or lists such as `"web1,web2,"`. */
  inventory: readonly string[];
  /** More code for every play: absolute paths of ebin folders, globs, `.beam` files or sources. @default [] */
  modules?: readonly string[];
  /** For hosts whose inventory does not say. @default what `~/.ssh/config` says, or `"strict"` */
  hostKeyChecking?: HostKeyChecking;
  /** Stops the run: steps are cancelled on the hosts and everything is closed. */
  signal?: AbortSignal;
  /** Told of everything that happens, as it happens. */
  onEvent?: (event: RunEvent) => void;
}

/**
 * Runs playbooks, as `fusion-play run` does, and gives the report. What goes wrong on a host stands in
 * the report; `exit_code` says how the run ended.
 *
 * @throws {DocumentError} with all mistakes of playbooks and inventory
 * @throws {FusionPlayError} before any host is touched: files cannot be read, code is missing or does not
 *   compile, no host matches, no step is left
 */
export async function run(request: RunRequest): Promise<Report> {
  const {
    playbooks: files,
    inventory: sources,
    modules = [],
    hostKeyChecking,
    signal,
    onEvent,
    ...rest
  } = request;
  const { playbooks, inventory } = await loadFiles(files, sources, { signal });
  return runPlaybooks({
    ...rest,
    playbooks,
    inventory,
    openModules: moduleSources(modules),
    connect: sshConnector(hostKeyChecking),
    signal: signal ?? new AbortController().signal,
    onEvent: onEvent ?? (() => {}),
  });
}
