/** The notation in which terms are written and read. */
export type TermLanguage = "elixir" | "erlang";
