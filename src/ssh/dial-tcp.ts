import { connect } from "node:net";
import type { Duplex } from "node:stream";

import type { SshTarget } from "./ssh-target.ts";

/** Opens a TCP connection to a target; the socket tells itself what becomes of it. */
export async function dialTcp({ address, port, bindAddress, family }: SshTarget): Promise<Duplex> {
  // Without noDelay each exchange of small messages waits for a delayed acknowledgement.
  return connect({
    host: address,
    port,
    noDelay: true,
    ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    ...(family === undefined ? {} : { family }),
  });
}
