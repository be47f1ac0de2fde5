/**
 * Escape sequences, removed whole so that no remains of them are left as text: control sequences
 * (`ESC [ … final`), strings (`ESC ] … BEL` or `ST`), and those of two or three characters. No part
 * of the pattern matches in two ways or runs over the start of another one, so that any text takes
 * linear time.
 *
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-48/
 */
const ESCAPE_SEQUENCES =
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]/g;

/** What is left of `C0` and `C1`, and what reorders the text around it: marks and overrides of direction. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const LINE_ENDS = /\r\n|[\n\r\u2028\u2029]/;

/**
 * Makes one line of text safe for a terminal. Hosts are not trusted: nothing of what they send may
 * move the cursor, change colours, set the title or answer a query.
 */
export function printable(text: string): string {
  // The usual text, without four looks at it.
  if (/^[ -~]*$/.test(text)) return text;
  return text
    .replace(ESCAPE_SEQUENCES, "")
    .replaceAll("\t", "    ")
    .replace(/[\n\r\u2028\u2029]+/g, " ")
    .replace(CONTROLS, "");
}

/**
 * Commands to the runners of workflows. They cut blanks off a line first, and may pass over characters that are not
 * seen, as comparisons of text in .NET do.
 */
const COMMAND = /^([\s\p{Default_Ignorable_Code_Point}]*:)(?=\p{Default_Ignorable_Code_Point}*:)/u;
const COMMAND_ANYWHERE = /#(?=\p{Default_Ignorable_Code_Point}*#[\p{Default_Ignorable_Code_Point}\w]*\[)/gu;

/**
 * Breaks what the runner of a workflow would take for a command: `::set-output …` at the beginning of a line, blanks
 * before it or not, and `##[add-mask]`, `##vso[…]` and `##teamcity[…]` anywhere in it.
 *
 * @see https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export function withoutCommands(line: string): string {
  if (!line.includes(":") && !line.includes("#")) return line;
  return line.replace(COMMAND, "$1 ").replace(COMMAND_ANYWHERE, "# ");
}

/** Splits text into its lines. A line end at the end makes no empty line. */
export function textLines(text: string): string[] {
  const lines = text.split(LINE_ENDS);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
