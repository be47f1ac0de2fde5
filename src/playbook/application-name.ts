/** The name of an OTP application as written in code, `my_app` or `:my_app`; undefined if it is none. */
export function applicationName(text: string): string | undefined {
  return /^:?([a-z][\w@]{0,254})$/.exec(text)?.[1];
}
