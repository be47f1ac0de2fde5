import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

import { SshError } from "./ssh-error.ts";

/** Of a server that keeps to the windows of the ssh2 package, less than 4 MiB wait on a channel that nobody reads. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** What the ssh2 package has for itself: what it does with the messages of a server, and its channels. */
interface Receiver {
  readonly _protocol: { readonly _handlers: Record<DataMessage, (...message: Message) => void> };
  readonly _chanMgr: { get(recipient: number): unknown };
}

type DataMessage = "CHANNEL_DATA" | "CHANNEL_EXTENDED_DATA";
type Message = readonly [protocol: unknown, recipient: number, ...content: unknown[]];

/**
 * Ends the connection to a server that sends much more on a channel than was read from it. The ssh2 package takes
 * whatever comes once a packet was larger than what was left of the window, and what is read of one output of a channel
 * widens the window for the other one.
 */
export function limitUnread(client: Client, socket: Duplex): void {
  const { _protocol: protocol, _chanMgr: channels } = client as unknown as Receiver;
  for (const type of ["CHANNEL_DATA", "CHANNEL_EXTENDED_DATA"] as const) {
    const take = protocol._handlers[type];
    protocol._handlers[type] = (...message) => {
      if (socket.destroyed) return;
      take(...message);
      if (unreadBytes(channels.get(message[1])) <= MAX_UNREAD_BYTES) return;
      socket.destroy(
        new SshError("the server sends more than it was asked for", {
          code: "SSH_CONNECTION_LOST",
          hint: "Check which SSH server runs on the host: it does not keep to the windows of its channels",
        }),
      );
    };
  }
}

/** What waits in both outputs of a channel; a session of SFTP keeps nothing. */
function unreadBytes(channel: unknown): number {
  const { readableLength = 0, stderr } = (channel ?? {}) as Unread & { readonly stderr?: Unread };
  return readableLength + (stderr?.readableLength ?? 0);
}

interface Unread {
  readonly readableLength?: number;
}
