/** Codes of errors about expressions and terms. */
export type TermErrorCode =
  // Expressions and terms
  /**
   * An expression could not be evaluated on a host, or gave what does not fit. The message shows it, or its place.
   * Cause: A key or an index that is not there, a comparison of different types, a condition that is not true or false, a `timeout` that is no duration.
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
  | "DECODE_FAILED";
