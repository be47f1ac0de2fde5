import type { FormattedSpan } from "./line.ts";
import type { LineChange } from "./line-changes.ts";

/** Writes a line of a comparison with its sign in front. */
export function changeSpan({ sign, text }: LineChange): FormattedSpan {
  const line = `${sign} ${text}`;
  if (sign === " ") return { text: line, style: "dim" };
  return { text: line, style: sign === "-" ? "red" : "green" };
}
