/** Quotes for a POSIX shell, and for csh and fish as far as these agree with it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
