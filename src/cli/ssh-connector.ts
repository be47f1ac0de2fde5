import type { ConnectNode } from "../engine/remote-node.ts";
import type { ConnectionSettings, Host, HostKeyChecking } from "../inventory/inventory.ts";
import { sessionConnector, type ConnectSsh } from "../remote/session-connector.ts";
import type { SessionKeeper } from "../remote/session-keeper.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { ResolvedHost } from "../sessions/keeper.ts";
import { SshConnector } from "../ssh/connector.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { resolveTarget } from "../ssh/resolve-target.ts";
import { SpreadConnector } from "../ssh/spread-connector.ts";
import { openSshConfig } from "../ssh/ssh-config.ts";
import { PasswordCommands } from "./password-commands.ts";

/** What counts for hosts whose inventory does not say otherwise. */
export interface SshConnectorOptions {
  readonly hostKeyChecking?: HostKeyChecking | undefined;
  readonly connectRetries?: number | undefined;
  /** Default: none. */
  readonly defaults?: DefaultSettings;
  /** Gets what commands give as passwords. */
  readonly secrets: Secrets;
}

/** Settings of hosts that have none of their own; not of those on the way to others. */
export type DefaultSettings = Pick<
  ConnectionSettings,
  "password" | "become" | "becomeMethod" | "becomeUser" | "becomePassword"
>;

/** The settings that are given, of those that may be. */
export function defaultSettings(given: {
  readonly [Name in keyof DefaultSettings]: DefaultSettings[Name] | undefined;
}): DefaultSettings {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Finds out how a host is connected to: with passwords that programs give, and by the SSH config. */
export type ResolveHost = (host: Host, signal: AbortSignal) => Promise<ResolvedHost>;

/** What nothing has to be looked up for any more. */
export function hostResolver({
  hostKeyChecking,
  connectRetries,
  defaults = {},
  secrets,
}: SshConnectorOptions): ResolveHost {
  const config = openSshConfig();
  const commands = new PasswordCommands(secrets);
  return async ({ name, connection }, signal) => {
    const settings = await commands.run(name, withDefaultSettings(connection, defaults), signal);
    const target = await resolveTarget(name, settings, {
      config,
      signal,
      ...(hostKeyChecking === undefined ? {} : { hostKeyChecking }),
      ...(connectRetries === undefined ? {} : { connectRetries }),
    });
    return { settings, target };
  };
}

/** Makes SSH connections, by the backend that a host has, and whatever the way to it is. */
export function sshConnections(resolve: ResolveHost): ConnectSsh {
  let ssh2: Promise<Connect> | undefined;
  let openssh: Promise<Connect> | undefined;
  return async (host, { signal, onPhase, retries }) => {
    const { settings, target } = await resolve(host, signal);
    const connect = await (settings.sshBackend === "openssh"
      ? (openssh ??= byOpenssh())
      : (ssh2 ??= bySsh2()));
    return connect(retries === undefined ? target : { ...target, retries }, { signal, onPhase });
  };
}

type Connect = (...args: Parameters<SshConnector<SshConnection>["connect"]>) => Promise<SshConnection>;

/** The ssh2 package is large, and nobody needs it whose hosts are all held. */
async function bySsh2(): Promise<Connect> {
  const { ssh2Backend } = await import("../ssh/ssh2-backend.ts");
  const connector = new SshConnector(ssh2Backend);
  const spread = new SpreadConnector({ here: (target, options) => connector.connect(target, options) });
  return (target, options) => spread.connect(target, options);
}

async function byOpenssh(): Promise<Connect> {
  const { opensshBackend } = await import("../ssh/openssh-connection.ts");
  const connector = new SshConnector(opensshBackend);
  return (target, options) => connector.connect(target, options);
}

/** Brings up BEAMs over SSH connections, or takes those that are held. */
export function sshConnector(
  { defaults = {}, ...options }: SshConnectorOptions,
  { resolve = hostResolver({ ...options, defaults }), keeper }: HeldChoice = {},
): ConnectNode {
  const connect = sessionConnector({ connectSsh: sshConnections(resolve), keeper });
  const withSettings: ConnectNode = (host, connectOptions) =>
    connect(withDefaults(host, defaults), connectOptions);
  return Object.assign(withSettings, { takesTurns: true as const });
}

/** Who holds sessions, and what resolves hosts for both. */
export interface HeldChoice {
  readonly resolve?: ResolveHost;
  readonly keeper?: SessionKeeper | undefined;
}

/** A host with what counts where its inventory does not say otherwise. */
export function withDefaults(host: Host, defaults: DefaultSettings = {}): Host {
  return { ...host, connection: withDefaultSettings(host.connection, defaults) };
}

function withDefaultSettings(
  connection: ConnectionSettings,
  { password, ...defaults }: DefaultSettings,
): ConnectionSettings {
  return {
    ...defaults,
    ...(password === undefined || connection.passwordCommand !== undefined ? {} : { password }),
    ...connection,
  };
}
