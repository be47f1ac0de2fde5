/** Codes of errors about connections to hosts. */
export type ConnectionErrorCode =
  // Connections
  /**
   * No SSH connection to the host came about. For a host behind bastions, the message names the one at which it went
   * wrong; for a `ProxyCommand`, how it ended and what it said; with the backend `openssh`, here and below, the last
   * words of `ssh`.
   * Cause: The host does not answer, refuses the connection, has no address, breaks the connection before the login is
   * over, or the login has no result in time. Or nothing answers at the port of the host where the BEAM should.
   * Fix: Check address and port, the network, and that sshd runs. Where many hosts stand behind one sshd, its
   * `MaxStartups` may drop connections at random: use `--connect-concurrency`.
   */
  | "SSH_CONNECT_FAILED"
  /**
   * A connection that stood is gone.
   * Cause: It ended, or the host did not answer any more.
   * Fix: Check the network, and whether the host or its sshd was restarted.
   */
  | "SSH_CONNECTION_LOST"
  /**
   * The server did not let you in. The message lists what was tried and what the server accepts.
   * Cause: It accepted nothing of what was offered: no key, or a wrong password. Where a password is set and no key is
   * named, keys are not tried.
   * Fix: Check `fusion_user`, the key or password, and `authorized_keys` on the host.
   */
  | "SSH_AUTHENTICATION_FAILED"
  /**
   * The host's key is not known, and checking is strict.
   * Cause: It is in no known hosts file.
   * Fix: Compare the fingerprint in the message with that of the host. Then add the key with the `ssh-keyscan` command
   * in the hint, or use `--host-key-checking accept-new`.
   */
  | "SSH_HOST_KEY_UNKNOWN"
  /**
   * The host shows another key than the known hosts file has.
   * Cause: Somebody may stand in between; or the host was installed anew.
   * Fix: Find out which. If the new key is right, remove the old one with the `ssh-keygen -R` command in the hint.
   */
  | "SSH_HOST_KEY_CHANGED"
  /**
   * The host's key is refused, even with checking off.
   * Cause: It is marked `@revoked` in a known hosts file.
   * Fix: Do not connect. Give the host a new key, or remove the line if it is wrong.
   */
  | "SSH_HOST_KEY_REVOKED"
  /**
   * A private key that the inventory names cannot be used.
   * Cause: It is missing, may not be read, is encrypted without the right passphrase, is damaged, is a public key, or
   * is of a kind that is not supported.
   * Fix: Run the command in the hint. An encrypted key needs `fusion_private_key_passphrase` or an agent that holds it.
   */
  | "SSH_KEY_UNREADABLE"
  /**
   * What `~/.ssh/config`, or the system's, says of a host cannot be followed.
   * Cause: It has a mistake, or looking a host up in it took too long; or hosts jump through each other without an end,
   * or a list of algorithms allows none that is supported.
   * Fix: Check it with `ssh -G <host>`.
   */
  | "SSH_CONFIG_INVALID"
  /**
   * The server does not forward TCP.
   * Cause: It does not allow the tunnels, and [`transport`](playbooks.md#transport) is `tunnels`; with `auto`, the
   * default, `stdio` is used instead. Or a bastion does not let connections through.
   * Fix: Leave `transport` out. Or on the host: `AllowTcpForwarding yes`, no `DisableForwarding` in `sshd_config`, no
   * `restrict` or `no-port-forwarding` before the key in `authorized_keys`.
   */
  | "SSH_FORWARDING_REFUSED"
  /**
   * Sessions cannot be held between runs, or those that are cannot be used.
   * Cause: The folder for them is not private, or the process that holds them is of another version, or has ended.
   * Fix: `fusion-play sessions stop` ends that process with all that it holds; a folder is named by the message.
   */
  | "SESSIONS_FAILED"
  /**
   * The server does not run the boot command.
   * Cause: `ForceCommand`, a login shell that runs nothing, or as many sessions as `MaxSessions` allows.
   * Fix: Check these on the host.
   */
  | "SSH_EXEC_REFUSED"
  /**
   * The server offers no SFTP, which carries large files in `priv` of an [application](playbooks.md#applications).
   * Cause: It has no subsystem `sftp`, or allows one session only.
   * Fix: On the host: `Subsystem sftp internal-sftp` in `sshd_config`, the package with `sftp-server` where the line
   * names that, and `MaxSessions` greater than 1.
   */
  | "SSH_SFTP_REFUSED"
  /**
   * A file, or a [runtime](playbooks.md#runtime), could not be brought to the host. The message has the path, and what
   * the host said.
   * Cause: The disk is full, the user may not write there, or SFTP shows other files than commands do, as with
   * `ChrootDirectory`. Of a runtime: what arrived is not whole, or it does not start there.
   * Fix: Make room, or set `TMPDIR` of the user on the host to another folder. SFTP and the BEAM must see the same
   * files as the same user. For a runtime, install `tar` and `gzip`, or give the user a [cache
   * folder](shipping-code.md#hosts-without-erlang) on a file system that is not mounted with `noexec`.
   */
  | "UPLOAD_FAILED"
  /**
   * The BEAM could not be started as another user. The message has what `sudo`, `doas` or `su` said.
   * Cause: The password was refused or is needed, the user may not do it, or the program is not there; or
   * `ansible_become_method` is one that is not supported.
   * Fix: Check `fusion_become_user`, `fusion_become_method` and `fusion_become_password`. Try it on the host: `sudo -u
   * <user> /bin/sh -c id`.
   */
  | "BECOME_FAILED"
  /**
   * There is no `erl` on the host.
   * Cause: It is in none of the places that the message lists: `PATH`, the `PATH` of the login shell, version managers,
   * folders, releases.
   * Fix: Install Erlang, or set `fusion_erl` to the path of `erl` on the host; that of a release, `erts-…/bin/erl`,
   * will do. Or bring a [runtime](playbooks.md#runtime).
   */
  | "ERL_NOT_FOUND"
  /**
   * The node on the host lacks abilities that are needed.
   * Cause: Its OTP is older than 23, the first that has them all.
   * Fix: Upgrade Erlang on the host, or point `fusion_erl` to a newer one.
   */
  | "ERL_TOO_OLD"
  /**
   * A [runtime](playbooks.md#runtime) is none, or cannot be made.
   * Cause: The file was not made by `fusion-play bundle`. Or `fusion-play bundle` finds that an application is not
   * installed, a shared library is missing, the folder holds no OTP, or what was made does not start.
   * Fix: Make it with [`fusion-play bundle`](cli.md#bundle), on a machine where that Erlang runs.
   */
  | "RUNTIME_INVALID"
  /**
   * The BEAM on the host did not come up. The message has its exit status and its last words.
   * Cause: `erl` ended or could not become a node, or Elixir could not be started.
   * Fix: The last words mostly tell. Try `erl` by hand on the host, as the same user.
   */
  | "BOOT_FAILED"
  /**
   * What answers on the BEAM's port does not know the cookie.
   * Cause: Another program took the port.
   * Fix: Check who else uses loopback ports on the host.
   */
  | "HANDSHAKE_COOKIE_MISMATCH"
  /**
   * The handshake of the two nodes did not come to its end.
   * Cause: The node refused the connection, or calls itself by another name than it was given.
   * Fix: Run again. If it comes back, check what listens on the loopback ports of the host.
   */
  | "HANDSHAKE_REFUSED"
  /**
   * The connection to the node was ended by us.
   * Cause: The node sent what the protocol does not allow, or more than the [limits](protocol.md#limits).
   * Fix: Check that nothing else answers on the host's loopback ports; report it if nothing does.
   */
  | "PROTOCOL_VIOLATION"
  /**
   * The BEAM on the host was lost during the run. A step that was running fails; `ignore_errors`, `retries` and
   * `rescue` do not apply. Where a step has this code, what it asked for has not been begun.
   * Cause: The process was killed, or was silent for too long; or the way to it was gone for longer than it
   * [waits](how-it-works.md#10-a-connection-that-is-lost). The message has the reason.
   * Fix: Look at the reason: memory (the kernel's OOM killer), the network, sshd.
   */
  | "NODE_LOST"
  /**
   * A call was under way when its host was lost: it may have run in full, in part or not at all, and its result cannot
   * be collected any more. It is never made again by itself; `ignore_errors`, `retries` and `rescue` do not apply.
   * Cause: The BEAM was lost, for the reason that the host has. Or, in the report of a [journal](cli.md#the-journal),
   * the controller was killed while the step was under way; then `--resume` does it again.
   * Fix: Look at the host for what the call does there, then run the play again, from that step with `--start-at-step`
   * if need be.
   */
  | "OUTCOME_UNKNOWN";
