/** Codes of errors about command line and files. */
export type FileErrorCode =
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
   * compiled code: others can write to it, or its disk is full.
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
   * Cause: The playbooks, the steps that options choose of them, the modules that they ship, or the shard are not
   * those of its beginning. Or steps to come may use a result or variable that is secret, and what is secret stands in
   * no journal.
   * Fix: Give the same playbooks, `--tags`, `--start-at-step`, `--check` and modules as in the beginning, and the same
   * `--shard` or none. Otherwise begin a new run; `--limit` and `--start-at-step` leave out what is done, as the
   * [report of the journal](cli.md#the-journal) tells it.
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
  | "NO_STEP_LEFT";
