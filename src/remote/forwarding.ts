import type { SshConnection } from "../ssh/ssh-connection.ts";

/**
 * What opens ways to and from the loopback interface of a host: the SSH connection, where its server forwards,
 * or a relay on the host.
 */
export type Forwarding = Pick<SshConnection, "reverseTunnel" | "forwardStream">;
