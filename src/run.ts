import { moduleSources } from "./cli/module-sources.ts";
import { useHeldSessions } from "./cli/held-sessions.ts";
import { loadFiles } from "./cli/load-files.ts";
import { withSecretPasswords, withSecretVariables } from "./cli/secret-variables.ts";
import { sshConnector, defaultSettings } from "./cli/ssh-connector.ts";
import { unmatchedText } from "./cli/tell-unmatched.ts";
import { unknownTagTexts } from "./cli/unknown-tags.ts";
import { quote } from "./documents/quote.ts";
import type { Report } from "./engine/report.ts";
import type { RunEvent } from "./engine/run-event.ts";
import { runPlaybooks } from "./engine/run.ts";
import type { RunOptions } from "./engine/run-options.ts";
import { FusionPlayError } from "./errors.ts";
import { isUserName } from "./inventory/connection-variables.ts";
import { withGivenConnection, type VariableAbove } from "./inventory/given-connection.ts";
import type { BecomeMethod, HostKeyChecking } from "./inventory/inventory.ts";
import { maskEvents, maskReport } from "./report/mask-events.ts";
import { MAX_LEASE_MS, MIN_LEASE_MS } from "./sessions/agent-message.ts";
import { secret, type Secret } from "./secret.ts";
import type { Keys } from "./secrets/keys.ts";
import { maskError } from "./secrets/mask-error.ts";
import { openKeys, type KeySources } from "./secrets/open-keys.ts";
import type { Secrets } from "./secrets/secrets.ts";

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
  | "countTraffic"
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
  /** Password to log in with, for hosts whose inventory gives none, nor a command for it. @default none */
  password?: Secret | string;
  /** Whether BEAMs run as another user, on hosts whose inventory does not say. @default false */
  become?: boolean;
  /** How they become that user, on hosts whose inventory does not say. @default "sudo" */
  becomeMethod?: BecomeMethod;
  /** The user that they become, on hosts whose inventory does not say. @default "root" */
  becomeUser?: string;
  /** Password that sudo, doas or su wants, on hosts whose inventory gives none. @default none */
  becomePassword?: Secret | string;
  /**
   * How long to hold connections and BEAMs for later runs, of whatever program of this user, in milliseconds: from a
   * second to 24 hours. Hosts that cannot be held are told to `onWarning`.
   *
   * @default none is held that is not held already
   */
  keepMs?: number;
  /** Whether to use none that an earlier run has left. @default false */
  fresh?: boolean;
  /** Told what goes otherwise than it was asked for, though nothing fails. @default nobody */
  onWarning?: (text: string) => void;
  /** Stops the run: steps are cancelled on the hosts and everything is closed. */
  signal?: AbortSignal;
  /** Told of everything that happens, as it happens. */
  onEvent?: (event: RunEvent) => void;
}

/**
 * Runs playbooks, as `fusion-play run` does, and gives the report. What goes wrong on a host stands in
 * the report; `exit_code` says how the run ended.
 *
 * @returns the report, whose results are terms, with what is secret hidden, as it is in errors
 * @throws {DocumentError} with all mistakes of playbooks and inventory
 * @throws {FusionPlayError} before any host is touched: files cannot be read, code is missing or does not
 *   compile, no host matches, no step is left, sessions cannot be held
 */
export async function run(request: RunRequest): Promise<Report> {
  const { keys: keySources = {}, signal = new AbortController().signal, keepMs } = request;
  refuseLease(keepMs);
  refuseUser(request.becomeUser);
  const keys = await openKeys(keySources, { workingDirectory: process.cwd(), ask: refuseToAsk, signal });
  try {
    return await runWith({ ...request, signal, keys });
  } catch (error) {
    maskError(error, keys.secrets);
    throw error;
  }
}

async function runWith(
  request: Omit<RunRequest, "keys"> & { readonly keys: Keys; readonly signal: AbortSignal },
): Promise<Report> {
  const {
    playbooks: files,
    inventory: sources,
    keys,
    modules = [],
    hostKeyChecking,
    connectRetries,
    password,
    become,
    becomeMethod,
    becomeUser,
    becomePassword,
    keepMs,
    fresh,
    onWarning = () => {},
    signal,
    onEvent,
    ...rest
  } = request;
  const extraVars = withSecretPasswords(rest.extraVars ?? {});
  const { playbooks, inventory } = await loadFiles(files, sources, { signal, keys, extraVars });
  const passwords = {
    password: hidden(password, keys.secrets),
    becomePassword: hidden(becomePassword, keys.secrets),
  };
  const defaults = defaultSettings({ ...passwords, become, becomeMethod, becomeUser });
  const connecting = { hostKeyChecking, connectRetries, defaults, secrets: keys.secrets };
  const wanted = { ...(keepMs === undefined ? {} : { keep: keepMs }), ...(fresh === true ? { fresh } : {}) };
  await using held = await useHeldSessions(wanted, connecting, (text) => onWarning(keys.secrets.mask(text)));
  unknownTagTexts(playbooks, [...(rest.tags ?? []), ...(rest.skipTags ?? [])]).forEach(onWarning);
  const report = await runPlaybooks({
    ...withSecretVariables({ ...rest, playbooks, extraVars }, keys.secrets),
    inventory: withGivenConnection(inventory, variablesAbove(rest.extraVars)),
    onUnmatched: (part) => onWarning(unmatchedText(keys.secrets.mask(part))),
    openModules: moduleSources(modules),
    connect: sshConnector(connecting, held),
    signal,
    onEvent: maskEvents(onEvent ?? (() => {}), keys.secrets),
    onHidden: (data, host) => keys.secrets.addResult(data, host),
  });
  await held.end(signal.aborted ? "stopped" : "ended");
  return maskReport(report, keys.secrets);
}

function variablesAbove(extraVars: RunRequest["extraVars"] = {}): VariableAbove[] {
  return Object.entries(extraVars).map(([name, data]) => {
    return { name, data, source: typeof data === "number" ? String(data) : undefined, file: "extraVars" };
  });
}

function refuseLease(ms: number | undefined): void {
  if (ms === undefined || (ms >= MIN_LEASE_MS && ms <= MAX_LEASE_MS)) return;
  throw new FusionPlayError(`Cannot hold sessions for ${ms} ms: it has to be from one second to 24 hours`, {
    code: "USAGE",
    hint: "Give keepMs in milliseconds: 600_000 are ten minutes",
  });
}

function refuseUser(name: string | undefined): void {
  if (name === undefined || isUserName(name)) return;
  throw new FusionPlayError(`Cannot become ${quote(name)}: it is not the name of a user`, {
    code: "USAGE",
    hint: "Give becomeUser the name of a user of the hosts",
  });
}

/** A password as a secret, which nothing shows. */
function hidden(password: Secret | string | undefined, secrets: Secrets): Secret | undefined {
  if (password === undefined) return undefined;
  const made = secret(password);
  secrets.addData(made);
  return made;
}

async function refuseToAsk(prompt: string): Promise<never> {
  throw new FusionPlayError(`Cannot ask for a password: ${prompt.replace(/: $/u, "")}`, {
    code: "USAGE",
    hint: "Name a file or a program that gives it",
  });
}
