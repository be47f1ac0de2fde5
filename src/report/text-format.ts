/** What the place that text goes to can show. */
export interface TextFormat {
  readonly color: boolean;
  /** Whether it shows more than ASCII. */
  readonly unicode: boolean;
}

export interface TextFormatOptions {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Set by `--no-color`. */
  readonly noColor: boolean;
}

/** Finds out how to write: colours on terminals only, and more than ASCII only in a UTF-8 locale. */
export function detectTextFormat({ isTTY, env, noColor }: TextFormatOptions): TextFormat {
  // Any value but an empty one counts: https://no-color.org
  const forbidden = noColor || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  // The first one that is set and not empty decides, as setlocale(3) has it.
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return { color: isTTY && !forbidden, unicode: /utf-?8/i.test(locale) };
}

/** Whether a live display can be drawn: it needs a terminal that can move its cursor. */
export function canShowLive({ isTTY, env }: Pick<TextFormatOptions, "isTTY" | "env">): boolean {
  return isTTY && env["TERM"] !== "dumb";
}
