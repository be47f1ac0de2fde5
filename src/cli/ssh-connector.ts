import type { ConnectNode } from "../engine/remote-node.ts";
import type { ConnectionSettings, HostKeyChecking } from "../inventory/inventory.ts";
import { sessionConnector, type ConnectSsh } from "../remote/session.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { SshConnector } from "../ssh/connector.ts";
import { resolveTarget } from "../ssh/resolve-target.ts";
import { openSshConfig } from "../ssh/ssh-config.ts";
import { PasswordCommands } from "./password-commands.ts";

/** What counts for hosts whose inventory does not say otherwise. */
export interface SshConnectorOptions {
  readonly hostKeyChecking?: HostKeyChecking | undefined;
  readonly connectRetries?: number | undefined;
  /** Password to log in with. */
  readonly password?: string | undefined;
  /** Gets what commands give as passwords. */
  readonly secrets: Secrets;
}

/** Makes SSH connections with the ssh2 package, whatever the way to the hosts is. */
export function sshConnections({
  hostKeyChecking,
  connectRetries,
  password,
  secrets,
}: SshConnectorOptions): ConnectSsh {
  const config = openSshConfig();
  const connector = new SshConnector();
  const commands = new PasswordCommands(secrets);
  return async ({ name, connection }, { signal, onPhase }) => {
    const settings: ConnectionSettings = {
      ...(password === undefined || connection.passwordCommand !== undefined ? {} : { password }),
      ...connection,
    };
    const target = await resolveTarget(name, await commands.run(name, settings, signal), {
      config,
      signal,
      ...(hostKeyChecking === undefined ? {} : { hostKeyChecking }),
      ...(connectRetries === undefined ? {} : { connectRetries }),
    });
    return connector.connect(target, { signal, onPhase });
  };
}

/** Brings up BEAMs over SSH connections. */
export function sshConnector(options: SshConnectorOptions): ConnectNode {
  return sessionConnector({ connectSsh: sshConnections(options) });
}
