import { byteDuplex } from "./byte-duplex.ts";
import type { Backend } from "./connector.ts";
import { notReached } from "./not-reached.ts";
import { startProxyCommand } from "./proxy-command.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { SshError } from "./ssh-error.ts";
import { connectSsh2 } from "./ssh2-connection.ts";

/** Logs in with the ssh2 package. */
export const ssh2Backend: Backend<SshConnection> = async (target, options, way) => {
  if (way !== undefined) {
    const dial = async (signal: AbortSignal) => {
      const stream = await way.connection.forwardTo(target, { signal }).catch((error: unknown) => {
        throw notReached(target, error, error instanceof SshError ? error.retry : "never");
      });
      return byteDuplex(stream);
    };
    return await connectSsh2(target, { ...options, dial, below: way });
  }
  const { route } = target;
  if (route.type !== "command") return await connectSsh2(target, options);
  return await connectSsh2(target, { ...options, dial: async () => startProxyCommand(route.command) });
};
