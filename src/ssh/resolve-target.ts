import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";

import { expandFileName, type TokenValues } from "./config-tokens.ts";
import type { HostConfig } from "./host-config.ts";
import type { SshConfig } from "./ssh-config.ts";
import { DEFAULT_TIMEOUTS, type HostKeyPolicy, type SshIdentity, type SshTarget } from "./ssh-target.ts";

/** What the inventory says about how to reach a host; everything may be missing. */
export interface TargetSettings {
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly privateKeyFile?: string;
  readonly privateKeyPassphrase?: string;
  readonly knownHostsFile?: string;
  readonly hostKeyChecking?: HostKeyPolicy["checking"];
}

export interface ResolveOptions {
  readonly config: SshConfig;
  readonly signal: AbortSignal;
  /** For hosts whose inventory does not say; wins over the ssh config, as the command line does. */
  readonly hostKeyChecking?: HostKeyPolicy["checking"];
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
  { config, signal, hostKeyChecking, localUser = currentUser() }: ResolveOptions,
): Promise<SshTarget> {
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

  return {
    name,
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
    timeouts:
      found.connectTimeoutMs === undefined
        ? DEFAULT_TIMEOUTS
        : { ...DEFAULT_TIMEOUTS, connectMs: found.connectTimeoutMs },
    ...(found.proxy === undefined ? {} : { ignoredProxy: found.proxy }),
  };
}

function currentUser(): LocalUser {
  const { username, uid } = userInfo();
  return { name: username, id: uid, home: homedir(), hostName: hostname(), environment: process.env };
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
