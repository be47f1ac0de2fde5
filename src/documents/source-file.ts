/** A file as it was read, with the means to name places in it. */
export interface SourceFile {
  /** As the user named it, for messages. */
  readonly path: string;
  readonly text: string;
}
