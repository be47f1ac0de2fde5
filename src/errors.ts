/** Every code a user can meet; `docs/errors.md` explains each one. */
export type ErrorCode =
  // command line and files
  | "USAGE"
  | "FILE_UNREADABLE"
  | "FILE_EXISTS"
  | "JOURNAL_MISMATCH"
  | "DOCUMENT_INVALID"
  | "PROGRAM_FAILED"
  | "NO_HOST_MATCHED"
  | "NO_STEP_LEFT"
  // expressions and terms
  | "EXPRESSION_FAILED"
  | "TERM_INVALID"
  | "DECODE_FAILED"
  // code
  | "MODULE_NOT_FOUND"
  | "MODULE_INVALID"
  | "MODULE_TOO_NEW"
  | "MODULE_PROTECTED"
  | "MODULE_LOAD_FAILED"
  | "ELIXIR_NOT_FOUND"
  | "TRANSACTION_ABORTED"
  | "FUNCTION_NOT_FOUND"
  | "POLICY_VIOLATION"
  | "APPLICATION_NOT_FOUND"
  | "APPLICATION_INVALID"
  | "APPLICATION_START_FAILED"
  | "ARCHITECTURE_MISMATCH"
  | "COMPILE_FAILED"
  | "COMPILER_NOT_FOUND"
  // connections
  | "SSH_CONNECT_FAILED"
  | "SSH_CONNECTION_LOST"
  | "SSH_AUTHENTICATION_FAILED"
  | "SSH_HOST_KEY_UNKNOWN"
  | "SSH_HOST_KEY_CHANGED"
  | "SSH_HOST_KEY_REVOKED"
  | "SSH_KEY_UNREADABLE"
  | "SSH_CONFIG_INVALID"
  | "SSH_FORWARDING_REFUSED"
  | "SSH_EXEC_REFUSED"
  | "SSH_SFTP_REFUSED"
  | "UPLOAD_FAILED"
  | "BECOME_FAILED"
  | "ERL_NOT_FOUND"
  | "ERL_TOO_OLD"
  | "RUNTIME_INVALID"
  | "BOOT_FAILED"
  | "HANDSHAKE_COOKIE_MISMATCH"
  | "HANDSHAKE_REFUSED"
  | "PROTOCOL_VIOLATION"
  | "NODE_LOST"
  | "OUTCOME_UNKNOWN"
  // steps
  | "TIMEOUT"
  | "REMOTE_EXCEPTION"
  | "MEMORY_EXCEEDED"
  | "ERROR_RETURNED"
  | "CHECK_INVALID"
  | "ASSERTION_FAILED"
  | "FAILED_BY_PLAY"
  | "CONDITION_FAILED"
  | "STEP_FAILED"
  | "RUN_ONCE_LOST"
  | "DELEGATE_UNREACHABLE"
  | "CANCELLED"
  // lab
  | "LAB_FAILED";

/** What an error has besides its message. */
export interface ErrorDetails {
  /** Stable name that scripts and tests match on. */
  code: ErrorCode;
  /** What to try next: one imperative sentence. */
  hint?: string | undefined;
  /** The error that made this one happen. */
  cause?: unknown;
}

/** An error meant for the user. Anything else that reaches the command line is a bug. */
export class FusionPlayError extends Error {
  /** Name of the class. */
  override readonly name: string = "FusionPlayError";
  /** Stable name that programs may look at; `docs/errors.md` explains each. */
  readonly code: ErrorCode;
  /** What to try next, where that is known. */
  readonly hint: string | undefined;

  constructor(message: string, { code, hint, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}
