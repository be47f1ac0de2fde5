import type { ConnectNode } from "../engine/remote-node.ts";
import type { HostKeyChecking } from "../inventory/inventory.ts";
import { sessionConnector, type ConnectSsh } from "../remote/session.ts";
import { SshConnector } from "../ssh/connector.ts";
import { resolveTarget } from "../ssh/resolve-target.ts";
import { openSshConfig } from "../ssh/ssh-config.ts";

/**
 * Makes SSH connections with the ssh2 package, whatever the way to the hosts is.
 *
 * @param hostKeyChecking for hosts whose inventory does not say
 */
export function sshConnections(hostKeyChecking: HostKeyChecking | undefined): ConnectSsh {
  const config = openSshConfig();
  const connector = new SshConnector();
  return async ({ name, connection }, { signal, onPhase }) => {
    const target = await resolveTarget(name, connection, {
      config,
      signal,
      ...(hostKeyChecking === undefined ? {} : { hostKeyChecking }),
    });
    return connector.connect(target, { signal, onPhase });
  };
}

/**
 * Brings up BEAMs over SSH connections.
 *
 * @param hostKeyChecking for hosts whose inventory does not say
 */
export function sshConnector(hostKeyChecking: HostKeyChecking | undefined): ConnectNode {
  return sessionConnector({ connectSsh: sshConnections(hostKeyChecking) });
}
