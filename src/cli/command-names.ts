/** The commands in the order of the help. */
export const COMMAND_NAMES = [
  "run",
  "call",
  "validate",
  "inventory",
  "vars",
  "modules",
  "doctor",
  "sessions",
  "bundle",
  "report",
  "diff",
  "init",
  "schema",
  "completion",
  "lab",
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];
