/** What the place that text goes to can show. */
export interface TextFormat {
  readonly color: boolean;
  /** Whether it shows more than ASCII. */
  readonly unicode: boolean;
  /**
   * Whether its reader does what lines tell it: a runner of workflows, for which `::add-mask::` is a command.
   *
   * @default false
   */
  readonly takesCommands?: boolean;
}

/** Set by runners that take commands from output: GitHub Actions, Azure Pipelines, TeamCity. */
const RUNNERS = ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"] as const;

export interface TextFormatOptions {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Set by `--no-color`. */
  readonly noColor: boolean;
}

/** Finds out how to write: colours on terminals only, more than ASCII only in a UTF-8 locale, and for whom. */
export function detectTextFormat({ isTTY, env, noColor }: TextFormatOptions): TextFormat {
  // Any value but an empty one counts: https://no-color.org
  const forbidden = noColor || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  // The first one that is set and not empty decides, as setlocale(3) has it.
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  const takesCommands = RUNNERS.some((name) => (env[name] ?? "") !== "");
  return {
    color: isTTY && !forbidden,
    unicode: /utf-?8/i.test(locale),
    ...(takesCommands ? { takesCommands } : {}),
  };
}

/** Whether a live display can be drawn: it needs a terminal that can move its cursor. */
export function canShowLive({ isTTY, env }: Pick<TextFormatOptions, "isTTY" | "env">): boolean {
  return isTTY && env["TERM"] !== "dumb";
}
