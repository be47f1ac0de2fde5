/** Every code a user can meet. `npm run docs` makes `docs/errors.md` of these comments. */
export type ErrorCode =
  // Command line and files
  /**
   * An option, an argument or a value does not make sense.
   * Cause: No inventory, a duration that is none, an unknown format, a broken host pattern, options at odds.
   * Fix: Do what the hint says. `fusion-play --help` and `fusion-play run --help` list what there is.
   */
  | "USAGE"
  /**
   * A file or folder cannot be used.
   * Cause: It does not exist, may not be read or written, is not UTF-8 text, or is larger than 8 MiB. For the cache of
   * compiled code: others can write to it.
   * Fix: Check permissions and path, which is relative to the working directory, and in `modules:` to the playbook.
   */
  | "FILE_UNREADABLE"
  /**
   * A file is there already, and is not replaced. Nothing was written.
   * Cause: `fusion-play init` found files where it would write its own, or `--journal` names a file that exists.
   * Fix: Name another folder or file, or move those that the message names. `--resume` goes on with a journal.
   */
  | "FILE_EXISTS"
  /**
   * A run cannot be resumed with this journal.
   * Cause: The playbooks, the steps that options choose of them, or the modules that they ship are not those of its
   * beginning. Or steps to come may use a result or variable that is secret, and what is secret stands in no journal.
   * Fix: Give the same playbooks, `--tags`, `--start-at-step`, `--check` and modules as in the beginning. Otherwise
   * begin a new run; `--limit` and `--start-at-step` leave out what is done, as the [report of the
   * journal](cli.md#the-journal) tells it.
   */
  | "JOURNAL_MISMATCH"
  /**
   * A playbook, an inventory or another file has mistakes. All mistakes of all files are shown, each as
   * `file:line:column` with the line.
   * Cause: Syntax, unknown keys, values of the wrong type, calls or expressions that cannot be read, unknown names.
   * Fix: Correct them. `fusion-play validate <playbook> -i <inventory>` checks again without running.
   */
  | "DOCUMENT_INVALID"
  /**
   * A program that gives an inventory or a password has failed. The end of what it printed on standard error is shown.
   * Cause: It could not be started, ended with an exit code other than 0, was killed, took too long or printed too
   * much.
   * Fix: Run it by hand, with the command in the hint. A program begins with a line such as `#!/usr/bin/env python3`
   * and is executable.
   */
  | "PROGRAM_FAILED"
  /**
   * The pattern in `hosts:`, together with `--limit`, selects no host.
   * Cause: Parts that name nothing in the inventory are listed; they are misspelt, most likely. Or an index, as in
   * `web[5]`, is beyond the last host of its group.
   * Fix: Look with `--list-hosts`, and check the names in the inventory.
   */
  | "NO_HOST_MATCHED"
  /**
   * There is no step to do.
   * Cause: `--tags`, `--skip-tags` or `--start-at-step` leave none.
   * Fix: Look with `--list-steps`.
   */
  | "NO_STEP_LEFT"
  // Expressions and terms
  /**
   * An expression could not be evaluated on a host. The message shows it and the place in it.
   * Cause: A key or an index that is not there, a comparison of different types, a condition that is not true or false.
   * Fix: Ask for keys that may be missing with `has(…)`. Look at the value with `-v`.
   */
  | "EXPRESSION_FAILED"
  /**
   * A call, a pattern or a value cannot become a term.
   * Cause: The text is none of Elixir or Erlang, or a value has no counterpart there, such as a JavaScript function or
   * `NaN`.
   * Fix: Correct the text, or give the arguments as values: `run: { module: …, function: …, args: […] }`.
   */
  | "TERM_INVALID"
  /**
   * Bytes are not what their format says. It is the cause of another error and seldom seen by itself.
   * Cause: A damaged file (`MODULE_INVALID`), or a host that sends what it should not (`PROTOCOL_VIOLATION`).
   * Fix: See the error that names it. If a host sent the bytes, it is worth a bug report.
   */
  | "DECODE_FAILED"
  // Code
  /**
   * A module that is needed is nowhere. The message suggests similar names.
   * Cause: No code path of the play holds a module that a step asks for by name, or an entry of `modules:` gives no
   * module. In a dry run: neither the code paths nor Erlang and Elixir have the module of a call, of a step or of code
   * that would be shipped.
   * Fix: Build the project, correct the name, or add its `ebin` folder or source to `modules:`.
   */
  | "MODULE_NOT_FOUND"
  /**
   * A `.beam` file cannot be used.
   * Cause: It is damaged, is no `.beam` file, or holds another module than its name says.
   * Fix: Compile it again.
   */
  | "MODULE_INVALID"
  /**
   * A module cannot be loaded by the host's OTP. It was found before any code was sent there.
   * Cause: It uses instructions of a newer OTP. Elixir's own modules count as well, where they are shipped because the
   * host has only Erlang; modules that the host has of its own do not.
   * Fix: Compile with the oldest OTP among your hosts, or upgrade the host. For Elixir's own modules: install Elixir on
   * the host, or one here that was built for the host's OTP.
   */
  | "MODULE_TOO_NEW"
  /**
   * A `push` names modules that the host keeps as they are. Nothing was loaded. The message names each and says which
   * it is.
   * Cause: They are of the host's own OTP or Elixir, preloaded, or sticky there. Those that are only needed by others
   * are left to the host without a word.
   * Fix: Leave them out of the push; steps may call them as the host has them. A module of your own that happens to
   * have such a name needs another one.
   */
  | "MODULE_PROTECTED"
  /**
   * The host refused a module. Modules of a load without `on_load` are loaded all or not at all.
   * Cause: Its OTP does not accept the file (`badfile`), its `on_load` function failed, or a process still runs the
   * version before the last. The message has what the function gave, or the pid of the process.
   * Fix: For `badfile`, compile with the host's release of OTP: an older OTP lacks instructions of a newer compiler,
   * and OTP 29 lacks some that OTP 25 and older compile to. That holds for Elixir as well, where it is shipped. For a
   * NIF that is not found, push its [application](playbooks.md#applications), whose files then come along. For a
   * process, let it end, or push with `purge: hard`.
   */
  | "MODULE_LOAD_FAILED"
  /**
   * A module that would be shipped calls Elixir, and nobody has it. It was found before any code was sent to the host.
   * Cause: The host has only Erlang. Elixir's modules are shipped from the Elixir that is installed on this machine,
   * and there is none.
   * Fix: Install Elixir on this machine, so that `elixir` is on the `PATH`, or on the host, or add the `ebin` folders
   * of an Elixir to `modules:`, such as those of a release.
   */
  | "ELIXIR_NOT_FOUND"
  /**
   * A `push` with `transaction: true` has loaded nothing on this host.
   * Cause: Not all hosts of the batch could prepare the code. The message names those that could not, with the reason
   * of each: their own error, that they are lost, that an earlier step failed on them, or that they did not get there
   * in time.
   * Fix: Correct what failed there, leave those hosts out with `--limit`, or raise `timeout` of the step if hosts only
   * needed more time.
   */
  | "TRANSACTION_ABORTED"
  /**
   * There is no such function.
   * Cause: The module is not on the host, or has no function of this name with so many arguments. In a dry run: a step,
   * or code that would be shipped, calls a function that its module does not export.
   * Fix: Check the name and the number of arguments, and that `modules:` holds the module. A dry run finds this before
   * a host does.
   */
  | "FUNCTION_NOT_FOUND"
  /**
   * The play's `policy` denies what code does. Nothing of it was shipped or called; where steps are a list, nothing was
   * run at all.
   * Cause: A module that would be shipped has an effect that is denied, or a step calls a function that has it. The
   * message names the module, the function in it and what that calls.
   * Fix: Look with `--dry-run`, which lists all that is denied. Leave the code out, or take the effect out of `deny`,
   * which [playbooks.md](playbooks.md#policy) explains.
   */
  | "POLICY_VIOLATION"
  /**
   * An application is nowhere.
   * Cause: No code path holds the `.app` file of an application that a step asks for, or neither the code paths nor the
   * host have one that it needs. The message says which one needs it.
   * Fix: List the `ebin` folders of all of them in `modules:`, such as `_build/prod/lib/my_app/ebin`. An application of
   * OTP that the host lacks has to be installed there.
   */
  | "APPLICATION_NOT_FOUND"
  /**
   * An application cannot be shipped as it is.
   * Cause: Its `.app` file cannot be read as one, or lists a module that is nowhere on the code paths.
   * Fix: Build the application again.
   */
  | "APPLICATION_INVALID"
  /**
   * The host could not load an application, or it did not start. Its modules are loaded nevertheless.
   * Cause: The message has the reason that Erlang gave, and names the application if it is one that the other needs.
   * Fix: Look at what the host printed, at `config` of the push, and at what the application expects of its
   * surroundings.
   */
  | "APPLICATION_START_FAILED"
  /**
   * Shared libraries do not fit the host. Nothing was sent.
   * Cause: Those of an application, or of a [runtime](playbooks.md#runtime), were built for another machine, system or
   * C library than that of the host, or for a newer glibc.
   * Fix: Build the application on a machine like the host, or in a container with the same system; of libraries for
   * several platforms, it is enough that one fits. Make a runtime with `fusion-play bundle` on a machine like the host.
   */
  | "ARCHITECTURE_MISMATCH"
  /**
   * A source or inline code does not compile. Nothing was shipped.
   * Cause: `erlc` or `elixirc` refused it. The message has what the compiler says; for inline code it names the place
   * in the playbook. Or a value of a template in a TypeScript play stands inside a text, where it is no variable.
   * Fix: Correct the code.
   */
  | "COMPILE_FAILED"
  /**
   * A compiler is needed and not there.
   * Cause: A play names sources or holds inline code, and `erlc` or `elixirc` is not on the `PATH` here, or does not
   * start.
   * Fix: Install it, or compile elsewhere and list `.beam` files in `modules:`.
   */
  | "COMPILER_NOT_FOUND"
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
   * The server offers no SFTP, which carries the files in `priv` of an [application](playbooks.md#applications).
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
   * Cause: The password was refused or is needed, the user may not do it, or the program is not there.
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
  | "OUTCOME_UNKNOWN"
  // Steps
  /**
   * A phase or a step took longer than it may. A call's process on the host is killed.
   * Cause: The host or the network is too slow or stuck, or the function waits for something. The message names the
   * phase: `tunnel`, `boot`, `handshake`, `push`, `inspect` or `call`. A compiler here that does not end gives this
   * error as well.
   * Fix: For a call, raise `timeout` of the step or `--timeout`, or find out what the function waits for. For the
   * others, see the [deadlines](how-it-works.md#deadlines).
   */
  | "TIMEOUT"
  /**
   * The function did not return. `class`, `reason` and `stacktrace` are in the report.
   * Cause: It raised, threw or exited, or its process was killed.
   * Fix: Correct the function, or its arguments.
   */
  | "REMOTE_EXCEPTION"
  /**
   * The process of a call was killed on the host.
   * Cause: It needed more memory than [`max_heap`](playbooks.md#keys-of-any-step) of its step allows. Something else on
   * the host that kills the process looks the same.
   * Fix: Raise `max_heap`, or have the function work on less at once.
   */
  | "MEMORY_EXCEEDED"
  /**
   * A function or code of the playbook says that it failed.
   * Cause: It gave `{error, Reason}`, in Elixir `{:error, reason}`.
   * Fix: Look at the reason. Where it is a result like any other, write `failed_when: false`, or a condition.
   */
  | "ERROR_RETURNED"
  /**
   * With `--check`, it is not known what a function would do.
   * Cause: Its companion gave something that does not say so.
   * Fix: Have it give `ok`, `{ok, _}`, `changed`, `{changed, Diff}` or `{error, Reason}`.
   */
  | "CHECK_INVALID"
  /**
   * What `assert` says does not hold. `expected` and `actual` are in the report where two values were compared.
   * Cause: The host is not as it should be. Nothing is wrong with the run.
   * Fix: Mend the host, or what is asked of it.
   */
  | "ASSERTION_FAILED"
  /**
   * The play says that the host is not as it should be. The message is the play's.
   * Cause: A step `fail` was reached, or `host.fail` of a function. Nothing is wrong with the run.
   * Fix: Do what the message says.
   */
  | "FAILED_BY_PLAY"
  /**
   * A condition decided that the step failed.
   * Cause: `until` did not hold after all attempts, or `failed_when` holds; in a TypeScript play: the condition of an
   * assertion is not true or false.
   * Fix: Look at the result with `-v`. Raise `retries` or `delay` if the host only needs more time.
   */
  | "CONDITION_FAILED"
  /**
   * Something went wrong that is not foreseen. The message has its stack.
   * Cause: An exception in the function of a TypeScript play, or a bug.
   * Fix: Correct the play; if no line of the stack is yours, report it.
   */
  | "STEP_FAILED"
  /**
   * A step with [`run_once`](playbooks.md#keys-of-any-step) was not done to its end. What it has done is not known, so
   * no other host does it again.
   * Cause: The host that did it for all was lost, or stopped.
   * Fix: Look at what it has done, and run again; `--start-at-step` helps to go on there.
   */
  | "RUN_ONCE_LOST"
  /**
   * The host that [`delegate_to`](playbooks.md#delegate_to) names could not do the step. Only the step has failed, not
   * the host that it belongs to.
   * Cause: It is not in the inventory, cannot be reached, or was lost at the step. The message says which.
   * Fix: Mend what the message says, or let the step do without: `ignore_errors`, or a `rescue`.
   */
  | "DELEGATE_UNREACHABLE"
  /**
   * The host was at work when its part was stopped.
   * Cause: The run was stopped, by Ctrl-C for instance. Or another host failed in a play with
   * [`any_errors_fatal`](playbooks.md#any_errors_fatal).
   * Fix: Run again; `--limit` and `--start-at-step` help to go on where it stopped.
   */
  | "CANCELLED"
  // Lab
  /**
   * The local SSH hosts could not be started or stopped.
   * Cause: A port is in use, another lab is up, its folder holds other files, or there is no `sshd` for `--sshd`.
   * Fix: `fusion-play lab status` tells what there is, `fusion-play lab down` removes it. `--port` and `--dir` choose
   * other ports and another folder.
   */
  | "LAB_FAILED";
