/** A command of a document, and what it prints there. */
export interface DocumentedCommand {
  readonly command: string;
  /** Undefined where the document does not show it. */
  readonly output: string | undefined;
}

/**
 * The commands of a block. Of a `console` block, lines that begin with `$ ` are commands, and what follows each is
 * its output; a line that ends in `\` goes on in the next one. A block of `sh` is one command.
 */
export function commandsOf({ language, source }: { language: string; source: string }): DocumentedCommand[] {
  if (language === "sh") return [{ command: source, output: undefined }];
  return source
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", output = ""] = part.split(/(?<!\\)\n([^]*)/);
      return { command, output };
    });
}

/** What stands for what is another one in each run, in the order in which it is looked for. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/(?:\/[\w.@-]+){2,}/g, "<path>"],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<date>"],
  [/\b(?:\d+ h )?(?:\d+ min )?\d+(?:[.,]\d+)? (?:ms|s|min|h)\b/g, "<time>"],
  [/\b\d[\d,.]* (?:B|kB|KB|MB|GB|TB)\b/g, "<size>"],
  [/(?:\blib[\w+-]+\.so[.\d]*(?:, )?)+/g, "<libraries>"],
  [/\b(?:[0-9a-f]{32}|[0-9a-f]{8})\b/g, "<md5>"],
  [/\b\d+ %/g, "<share>"],
  [/\bOTP \d+/g, "OTP <n>"],
  [/\b\d+(?:\.\d+)+\b/g, "<version>"],
  [/[ \t]+/g, " "],
  // In a table of modules.
  [/\b\d[\d,]* <md5>/g, "<size> <md5>"],
];

/** Lines of output, so that those of two runs of the same command are the same, in any order. */
export function alike(output: string): string[] {
  const plain = VARIABLE.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), output);
  return plain
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .toSorted();
}

/** A line of a document that stands for any lines of output. */
export const ANY_LINES = "…";
