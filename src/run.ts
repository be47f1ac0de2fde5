import { addGivenSecrets } from "./cli/given-secrets.ts";
import { moduleSources } from "./cli/module-sources.ts";
import { loadFiles } from "./cli/load-files.ts";
import { sshConnector } from "./cli/ssh-connector.ts";
import type { Report } from "./engine/report.ts";
import type { RunEvent } from "./engine/run-event.ts";
import { runPlaybooks } from "./engine/run.ts";
import type { RunOptions } from "./engine/run-options.ts";
import { FusionPlayError } from "./errors.ts";
import type { HostKeyChecking } from "./inventory/inventory.ts";
import { maskEvents, maskReport } from "./report/mask-events.ts";
import { openKeys, type KeySources } from "./secrets/open-keys.ts";

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
  | "check"
  | "ask"
> {
  /** Paths of YAML or TypeScript playbooks. */
  playbooks: readonly string[];
  /** Files, folders or lists such as `"web1,web2,"`. */
  inventory: readonly string[];
  /** Where the keys come from that open encrypted files and values: nobody is asked for any. @default {} */
  keys?: Omit<KeySources, "askVaultPass">;
  /** More code for every play: absolute paths of ebin folders, globs, `.beam` files or sources. @default [] */
  modules?: readonly string[];
  /** For hosts whose inventory does not say. @default what `~/.ssh/config` says, or `"strict"` */
  hostKeyChecking?: HostKeyChecking;
  /**
   * How often to try again where the connection fails, for hosts whose inventory does not say.
   *
   * @default twice where that may help soon
   */
  connectRetries?: number;
  /** Stops the run: steps are cancelled on the hosts and everything is closed. */
  signal?: AbortSignal;
  /** Told of everything that happens, as it happens. */
  onEvent?: (event: RunEvent) => void;
}

/**
 * Runs playbooks, as `fusion-play run` does, and gives the report. What goes wrong on a host stands in
 * the report; `exit_code` says how the run ended.
 *
 * @returns the report, whose results are terms, with what is secret hidden
 * @throws {DocumentError} with all mistakes of playbooks and inventory
 * @throws {FusionPlayError} before any host is touched: files cannot be read, code is missing or does not
 *   compile, no host matches, no step is left
 */
export async function run(request: RunRequest): Promise<Report> {
  const {
    playbooks: files,
    inventory: sources,
    keys: keySources = {},
    modules = [],
    hostKeyChecking,
    connectRetries,
    signal,
    onEvent,
    ...rest
  } = request;
  const keys = await openKeys(keySources, { workingDirectory: process.cwd(), ask: refuseToAsk, signal });
  const { playbooks, inventory } = await loadFiles(files, sources, { signal, keys });
  addGivenSecrets({ playbooks, ...rest }, keys.secrets);
  const report = await runPlaybooks({
    ...rest,
    playbooks,
    inventory,
    openModules: moduleSources(modules),
    connect: sshConnector({ hostKeyChecking, connectRetries, secrets: keys.secrets }),
    signal: signal ?? new AbortController().signal,
    onEvent: maskEvents(onEvent ?? (() => {}), keys.secrets),
    onHidden: (data) => keys.secrets.addResult(data),
  });
  return maskReport(report, keys.secrets);
}

async function refuseToAsk(prompt: string): Promise<never> {
  throw new FusionPlayError(`Cannot ask for a password: ${prompt.replace(/: $/u, "")}`, {
    code: "USAGE",
    hint: "Name a file or a program that gives it",
  });
}
