import type { SshConnection } from "../src/ssh/ssh-connection.ts";

/** The connection as it is, telling the ports of the host that are connected to. */
export function watchedConnection(ssh: SshConnection, onForward: (port: number) => void): SshConnection {
  return {
    closed: ssh.closed,
    login: ssh.login,
    exec: (command, options) => ssh.exec(command, options),
    reverseTunnel: (onStream, options) => ssh.reverseTunnel(onStream, options),
    forwardTo: (destination, options) => ssh.forwardTo(destination, options),
    forwardStream: (port, options) => {
      onForward(port);
      return ssh.forwardStream(port, options);
    },
    upload: (files, options) => ssh.upload(files, options),
    [Symbol.asyncDispose]: () => ssh[Symbol.asyncDispose](),
  };
}
