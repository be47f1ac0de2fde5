import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";

import type { Secret } from "../secret.ts";
import { chooseAlgorithms, supportedAlgorithms, type AlgorithmKind, type Algorithms } from "./algorithms.ts";
import { expandFileName, expandProxyCommand, type TokenValues } from "./config-tokens.ts";
import type { HostConfig } from "./host-config.ts";
import { parseJumpHops } from "./jump-hop.ts";
import type { SshConfig } from "./ssh-config.ts";
import { SshError } from "./ssh-error.ts";
import {
  DEFAULT_TIMEOUTS,
  type HostKeyPolicy,
  type SshIdentity,
  type SshRoute,
  type SshTarget,
} from "./ssh-target.ts";

/** What the inventory says about how to reach a host; everything may be missing. */
export interface TargetSettings {
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: Secret;
  readonly privateKeyFile?: string;
  readonly privateKeyPassphrase?: Secret;
  readonly knownHostsFile?: string;
  readonly hostKeyChecking?: HostKeyPolicy["checking"];
  /** Hosts on the way, the one next to us first; none at all where the list is empty. */
  readonly jump?: readonly JumpSettings[];
  /** How often to try again where the connection fails. */
  readonly connectRetries?: number;
  /** Which backend is asked, for hosts on the way as well: only that of the ssh2 package has to know the algorithms. */
  readonly sshBackend?: "ssh2" | "openssh";
  /** Whether commands on the host may use the agent. */
  readonly forwardAgent?: boolean;
}

/** A host on the way to another one. */
export interface JumpSettings {
  /** What messages call it. */
  readonly name: string;
  readonly connection: TargetSettings;
}

export interface ResolveOptions {
  readonly config: SshConfig;
  readonly signal: AbortSignal;
  /** For hosts whose inventory does not say; wins over the ssh config, as the command line does. */
  readonly hostKeyChecking?: HostKeyPolicy["checking"];
  /** For hosts whose inventory does not say; wins over the ssh config. */
  readonly connectRetries?: number;
  /** Who runs this. Default: the user of this process. */
  readonly localUser?: LocalUser;
}

/** The person at this end, as far as ssh cares. */
export interface LocalUser {
  readonly name: string;
  readonly id: number;
  readonly home: string;
  readonly hostName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Private keys in `~/.ssh` that are offered where nothing else is said. */
const DEFAULT_IDENTITIES = ["id_ed25519", "id_ecdsa", "id_rsa"];
const GLOBAL_KNOWN_HOSTS = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];

/**
 * Brings together what the inventory, the ssh config and the defaults say about a host, in this order of
 * precedence. The config is asked for the address of the inventory, as `ssh` would be called with it.
 *
 * @param name Name of the host in the inventory
 * @throws {SshError} `SSH_CONFIG_INVALID`, or the signal's reason
 */
export async function resolveTarget(
  name: string,
  settings: TargetSettings,
  options: ResolveOptions,
): Promise<SshTarget> {
  return resolve(name, settings, options, { behind: [], backend: settings.sshBackend });
}

interface Way {
  /** The hosts that are behind this one, from the one that is asked for on: `user@address:port`. */
  readonly behind: readonly string[];
  /** What makes the connections to the host that is asked for, and to those on the way to it. */
  readonly backend: TargetSettings["sshBackend"];
  /** The way to this one, where the host behind it says so; else it is looked up. */
  readonly route?: SshRoute;
}

async function resolve(
  name: string,
  settings: TargetSettings,
  options: ResolveOptions,
  way: Way,
): Promise<SshTarget> {
  const { config, signal, hostKeyChecking, connectRetries, localUser = currentUser() } = options;
  const asked = settings.address ?? name;
  const found = await config.lookup(asked, { signal });
  const port = settings.port ?? found.port ?? 22;
  const user = settings.user ?? found.user ?? localUser.name;
  const address = (found.hostName ?? asked).replaceAll(/%(h|%)/g, (_match, token) =>
    token === "h" ? asked : "%",
  );
  const tokens: TokenValues = {
    home: localUser.home,
    originalName: asked,
    hostName: address,
    hostKeyAlias: found.hostKeyAlias,
    port,
    remoteUser: user,
    localUser: localUser.name,
    localUserId: localUser.id,
    localHostName: localUser.hostName,
    environment: localUser.environment,
  };
  const agentSocket = usesKeys(settings, found) ? agentOf(found, tokens) : undefined;
  const { password } = settings;
  const retries = settings.connectRetries ?? connectRetries ?? retriesOf(found);
  const forwardedAgent = forwardedAgentOf(settings, found, tokens);
  const self = `${user}@${address.toLowerCase()}:${port}`;
  const { backend } = way;
  const behind = [...way.behind, self];
  if (way.behind.includes(self)) throw endlessJumps(behind);
  const route = way.route ?? (await findRoute({ settings, found, tokens, behind, backend }, options));

  return {
    name,
    asked,
    address,
    port,
    user,
    ...(password === undefined ? {} : { password }),
    identities: usesKeys(settings, found) ? identitiesOf(settings, found, tokens) : [],
    ...(agentSocket === undefined ? {} : { agentSocket }),
    identitiesOnly: found.identitiesOnly ?? false,
    hostKeys: {
      files: knownHostsOf(settings, found, tokens),
      ...(found.hostKeyAlias === undefined ? {} : { alias: found.hostKeyAlias }),
      checking: settings.hostKeyChecking ?? hostKeyChecking ?? found.strictHostKeyChecking ?? "strict",
    },
    timeouts: timeoutsOf(found),
    route,
    ...(backend === "openssh" ? {} : algorithmsOf(asked, found)),
    ...(found.bindAddress === undefined ? {} : { bindAddress: found.bindAddress }),
    ...(found.family === undefined ? {} : { family: found.family }),
    ...(found.certificateFiles === undefined ? {} : { certificateFiles: found.certificateFiles }),
    ...(retries === undefined ? {} : { retries }),
    ...(forwardedAgent === undefined ? {} : { forwardedAgent }),
  };
}

function retriesOf({ connectionAttempts }: HostConfig): number | undefined {
  return connectionAttempts === undefined ? undefined : connectionAttempts - 1;
}

function timeoutsOf({ connectTimeoutMs, keepaliveMs }: HostConfig): SshTarget["timeouts"] {
  return {
    ...DEFAULT_TIMEOUTS,
    ...(connectTimeoutMs === undefined ? {} : { connectMs: connectTimeoutMs }),
    ...(keepaliveMs === undefined ? {} : { keepaliveMs }),
  };
}

function algorithmsOf(asked: string, { algorithms }: HostConfig): Pick<SshTarget, "algorithms"> {
  if (algorithms === undefined) return {};
  const chosen = Object.entries(algorithms).map(([keyword, list]) => {
    const kind = keyword as AlgorithmKind;
    const names = chooseAlgorithms(kind, list);
    if (names.length > 0) return [kind, names];
    throw new SshError(
      `Cannot connect to "${asked}": ${kind} of the ssh config allows nothing that is supported here`,
      {
        code: "SSH_CONFIG_INVALID",
        hint: `Allow one of: ${supportedAlgorithms(kind).join(", ")}`,
      },
    );
  });
  return { algorithms: Object.fromEntries(chosen) as Algorithms };
}

interface RouteQuestion {
  readonly settings: TargetSettings;
  readonly found: HostConfig;
  readonly tokens: TokenValues;
  readonly behind: readonly string[];
  readonly backend: TargetSettings["sshBackend"];
}

async function findRoute(
  { settings, found, tokens, behind, backend }: RouteQuestion,
  options: ResolveOptions,
): Promise<SshRoute> {
  const invalid = (problem: string): never => {
    throw new SshError(`Cannot find the way to "${tokens.originalName}": ${problem}`, {
      code: "SSH_CONFIG_INVALID",
      hint: `Correct the ssh config, then check it with: ssh -G ${tokens.originalName}`,
    });
  };
  const jumps = settings.jump ?? jumpsOf(found, { settings, tokens, invalid });
  if (jumps.length === 0) {
    const { proxyCommand } = found;
    if (settings.jump !== undefined || proxyCommand === undefined) return { type: "direct" };
    return { type: "command", command: expandProxyCommand(proxyCommand, tokens, invalid) };
  }
  let route: SshRoute | undefined;
  for (const { name, connection } of jumps) {
    // The first hop may be behind others itself; those after it are reached from the one before.
    const through = await resolve(name, connection, options, {
      behind,
      backend,
      ...(route === undefined ? {} : { route }),
    });
    route = { type: "jump", through };
  }
  return route ?? { type: "direct" };
}

/** What `ProxyJump` names is looked up as `ssh` would; which keys to trust, the inventory may say for the way, too. */
function jumpsOf(
  { proxyJump }: HostConfig,
  {
    settings: { knownHostsFile, hostKeyChecking },
    tokens,
    invalid,
  }: { settings: TargetSettings; tokens: TokenValues; invalid: (problem: string) => never },
): readonly JumpSettings[] {
  if (proxyJump === undefined) return [];
  const hops =
    parseJumpHops(expandProxyCommand(proxyJump, tokens, invalid)) ??
    invalid(`ProxyJump: "${proxyJump}" is no list of [user@]host[:port]`);
  return hops.map(({ host, user, port }) => ({
    name: host,
    connection: {
      address: host,
      ...(user === undefined ? {} : { user }),
      ...(port === undefined ? {} : { port }),
      ...(knownHostsFile === undefined ? {} : { knownHostsFile }),
      ...(hostKeyChecking === undefined ? {} : { hostKeyChecking }),
    },
  }));
}

function endlessJumps(behind: readonly string[]): SshError {
  return new SshError(
    `Cannot find the way to ${behind[0]}: hosts jump through each other without an end: ${behind.join(" through ")}`,
    {
      code: "SSH_CONFIG_INVALID",
      hint: "Correct fusion_jump or ProxyJump: a bastion that is reached directly has none",
    },
  );
}

/** Looked up once: the user database is read for it, or a directory server asked. */
let account: { readonly username: string; readonly uid: number } | undefined;

function currentUser(): LocalUser {
  account ??= userInfo();
  return {
    name: account.username,
    id: account.uid,
    home: homedir(),
    hostName: hostname(),
    environment: process.env,
  };
}

/** Where only a password was given, a wrong one must not connect by a key that happens to be there. */
function usesKeys(settings: TargetSettings, found: HostConfig): boolean {
  return (
    settings.password === undefined || settings.privateKeyFile !== undefined || found.identityFiles.length > 0
  );
}

function identitiesOf(settings: TargetSettings, found: HostConfig, tokens: TokenValues): SshIdentity[] {
  const { privateKeyFile, privateKeyPassphrase } = settings;
  const passphrase = privateKeyPassphrase === undefined ? {} : { passphrase: privateKeyPassphrase };
  if (privateKeyFile !== undefined) return [{ file: privateKeyFile, ...passphrase, required: true }];
  const files =
    found.identityFiles.length > 0
      ? found.identityFiles.flatMap((file) => expandFileName(file, tokens) ?? [])
      : DEFAULT_IDENTITIES.map((file) => join(tokens.home, ".ssh", file));
  return files.map((file) => ({ file, ...passphrase, required: false }));
}

function agentOf(found: HostConfig, tokens: TokenValues): string | undefined {
  const { identityAgent } = found;
  const fromEnvironment = (name: string): string | undefined => tokens.environment[name] || undefined;
  if (identityAgent === undefined || identityAgent === "SSH_AUTH_SOCK")
    return fromEnvironment("SSH_AUTH_SOCK");
  if (identityAgent.toLowerCase() === "none") return undefined;
  // A variable as a whole may be written without braces here, and only here.
  if (/^\$\w+$/.test(identityAgent)) return fromEnvironment(identityAgent.slice(1));
  return expandFileName(identityAgent, tokens);
}

/** An agent is forwarded to the host only, and not to those on the way. */
function forwardedAgentOf(
  { forwardAgent }: TargetSettings,
  found: HostConfig,
  tokens: TokenValues,
): string | undefined {
  const given = forwardAgent === undefined ? found.forwardAgent : forwardAgent ? "yes" : "no";
  if (given === undefined || ["no", "false"].includes(given.toLowerCase())) return undefined;
  if (["yes", "true"].includes(given.toLowerCase())) return agentOf(found, tokens);
  return agentOf({ ...found, identityAgent: given }, tokens);
}

function knownHostsOf(settings: TargetSettings, found: HostConfig, tokens: TokenValues): string[] {
  const user = found.userKnownHostsFiles ?? ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"];
  const system = found.globalKnownHostsFiles ?? GLOBAL_KNOWN_HOSTS;
  const expand = (names: readonly string[]): string[] =>
    names.flatMap((name) => expandFileName(name, tokens) ?? []);
  return [
    ...(settings.knownHostsFile === undefined ? expand(user) : [settings.knownHostsFile]),
    ...expand(system),
  ];
}
