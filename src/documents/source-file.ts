/** A file as it was read, with the means to name places in it. */
export interface SourceFile {
  /** As the user named it, for messages. */
  readonly path: string;
  readonly text: string;
  /** Whether it was encrypted, so that nothing of what it holds may be shown. */
  readonly isSecret?: boolean;
  /** Whether it is what a program printed, or a part of the command line: nobody can look up its lines. */
  readonly isNoFile?: boolean;
  /**
   * Where a value stands that has no text of its own, and its path, such as `web.hosts[0]`: of what a module
   * exports. Offsets then count values.
   */
  readonly valueAt?: (offset: number) => {
    readonly line: number;
    readonly column: number;
    readonly path: string;
  };
}
