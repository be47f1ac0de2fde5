import { connect } from "node:net";
import type { AcceptConnection, RejectConnection, ServerChannel, TcpipRequestInfo } from "ssh2";
import { isLoopback } from "./loopback.ts";
import { splice } from "./splice.ts";

/**
 * Answers a `direct-tcpip` request: connects to the port first, so that a refused connection refuses the channel.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4254#section-7.2
 */
export function forwardDirectly(
  request: { accept: AcceptConnection<ServerChannel>; reject: RejectConnection; info: TcpipRequestInfo },
  signal: AbortSignal,
): void {
  const { accept, reject, info } = request;
  if (!isLoopback(info.destIP)) {
    reject();
    return;
  }
  const socket = connect({ host: info.destIP, port: info.destPort, noDelay: true, allowHalfOpen: true });
  const close = (): void => void socket.destroy();
  signal.addEventListener("abort", close, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", close));
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.off("error", reject);
    splice(accept(), socket);
  });
}
