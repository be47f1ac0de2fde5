import { loopback } from "./loopback.ts";

export interface SshdConfigOptions {
  readonly port: number;
  /** Environment of the commands; `HOME` is where they start. */
  readonly env: Readonly<Record<string, string>>;
  readonly hostKeyFile: string;
  readonly authorizedKeysFile: string;
  /** Path of OpenSSH's program for SFTP: the one inside sshd cannot stand behind a forced command. */
  readonly sftpServer: string | undefined;
}

/**
 * Writes the configuration of one sshd, for any user and for root alike.
 *
 * sshd starts commands in the home folder of the user database, hence the forced command.
 *
 * @see https://man.openbsd.org/sshd_config
 */
export function sshdConfig(options: SshdConfigOptions): string {
  const { port, env, hostKeyFile, authorizedKeysFile, sftpServer } = options;
  const setEnv = Object.entries(env).map(([name, value]) => quote(`${name}=${value}`));
  return `${[
    `ListenAddress ${loopback}:${port}`,
    `HostKey ${quote(hostKeyFile)}`,
    `AuthorizedKeysFile ${quote(authorizedKeysFile.replaceAll("%", "%%"))}`,
    "PidFile none",
    "LogLevel ERROR",
    "UsePAM no",
    "StrictModes no",
    "UseDNS no",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "AllowTcpForwarding yes",
    "AllowAgentForwarding no",
    "X11Forwarding no",
    "PermitTTY no",
    ...(sftpServer === undefined ? [] : [`Subsystem sftp ${sftpServer}`]),
    // A lab is for many connections from one address at once.
    "MaxStartups 200",
    "MaxSessions 100",
    `SetEnv ${setEnv.join(" ")}`,
    `ForceCommand cd "$HOME" && exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`,
  ].join("\n")}\n`;
}

function quote(value: string): string {
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}
