/** Codes of errors about code that is shipped. */
export type ModuleErrorCode =
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
  | "COMPILER_NOT_FOUND";
