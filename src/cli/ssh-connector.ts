import type { ConnectNode } from "../engine/remote-node.ts";
import type { HostKeyChecking } from "../inventory/inventory.ts";
import { sessionConnector } from "../remote/session.ts";
import { resolveTarget } from "../ssh/resolve-target.ts";
import { openSshConfig } from "../ssh/ssh-config.ts";
import { connectSsh2 } from "../ssh/ssh2-connection.ts";

/**
 * Brings up BEAMs over SSH connections made with the ssh2 package.
 *
 * @param hostKeyChecking for hosts whose inventory does not say
 */
export function sshConnector(hostKeyChecking: HostKeyChecking | undefined): ConnectNode {
  const config = openSshConfig();
  return sessionConnector({
    connectSsh: async ({ name, connection }, { signal, onPhase }) => {
      const target = await resolveTarget(name, connection, {
        config,
        signal,
        ...(hostKeyChecking === undefined ? {} : { hostKeyChecking }),
      });
      return connectSsh2(target, { signal, ...(onPhase === undefined ? {} : { onPhase }) });
    },
  });
}
