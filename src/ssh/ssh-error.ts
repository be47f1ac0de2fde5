import { FusionPlayError, type ErrorDetails } from "../errors.ts";

/** What an SSH error has besides its message. */
export interface SshErrorDetails extends ErrorDetails {
  /**
   * Whether another try may help: `soon` where the server was busy or about to start, `patient` where nobody
   * answered, which takes long to find out.
   *
   * @default "never"
   */
  retry?: RetryAdvice | undefined;
  /** What went wrong at a host on the way, where this only says whose way it was. */
  onTheWay?: SshError;
}

export type RetryAdvice = "never" | "soon" | "patient";

/** The SSH connection to a host could not be made, was refused or was lost. */
export class SshError extends FusionPlayError {
  override readonly name = "SshError";
  readonly retry: RetryAdvice;
  readonly onTheWay: SshError | undefined;

  constructor(message: string, { retry = "never", onTheWay, ...details }: SshErrorDetails) {
    super(message, details);
    this.retry = retry;
    this.onTheWay = onTheWay;
  }
}
