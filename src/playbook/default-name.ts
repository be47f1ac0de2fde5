/** Longer names would fill the line of a report. */
const LONGEST = 60;

/** Names a step by what it does: the first line of it, not longer than a line can hold. */
export function defaultName(verb: string, what: string): string {
  const line = what.trim().split("\n", 1)[0]?.trim() ?? "";
  const characters = Array.from(line);
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join("")}…` : line;
  return short === "" ? verb : `${verb} ${short}`;
}
