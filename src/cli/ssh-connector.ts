import type { ConnectNode } from "../engine/remote-node.ts";
import type { HostKeyChecking } from "../inventory/inventory.ts";
import { sessionConnector } from "../remote/session.ts";
import { SshConnector } from "../ssh/connector.ts";
import { resolveTarget } from "../ssh/resolve-target.ts";
import { openSshConfig } from "../ssh/ssh-config.ts";

/**
 * Brings up BEAMs over SSH connections made with the ssh2 package.
 *
 * @param hostKeyChecking for hosts whose inventory does not say
 */
export function sshConnector(hostKeyChecking: HostKeyChecking | undefined): ConnectNode {
  const config = openSshConfig();
  const connector = new SshConnector();
  return sessionConnector({
    connectSsh: async ({ name, connection }, { signal, onPhase }) => {
      const target = await resolveTarget(name, connection, {
        config,
        signal,
        ...(hostKeyChecking === undefined ? {} : { hostKeyChecking }),
      });
      return connector.connect(target, { signal, onPhase });
    },
  });
}
