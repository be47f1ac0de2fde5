/** Codes of errors about steps. */
export type StepErrorCode =
  // Steps
  /**
   * A phase or a step took longer than it may. A call's process on the host is killed, and the programs that
   * it runs are ended. What a push asks for cannot be ended there: as long as the host is busy with it, other pushes
   * and calls of a loop fail at once with this error, and the session is not [held](cli.md#sessions).
   * Cause: The host or the network is too slow or stuck, or the function waits for something, also one that is called
   * when a module is loaded (`on_load`). The message names the phase: `tunnel`, `boot`, `handshake`, `push`, `inspect`
   * or `call`. A compiler here that does not end gives this error as well.
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
  | "CANCELLED";
