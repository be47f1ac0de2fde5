import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder of the checkout. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** Text of a document, by its path in the checkout. */
export function readDocument(path: string): string {
  return readFileSync(`${ROOT}/${path}`, "utf8");
}

export interface CodeBlock {
  readonly language: string;
  readonly source: string;
}

/** The fenced code of a text; without a language it is `""`. */
export function codeBlocks(text: string): CodeBlock[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", source = ""]) => ({
    language,
    source,
  }));
}

/** What stands below a heading, up to the next of the same level or above. */
export function sectionOf(text: string, heading: string): string {
  const lines = withoutCode(text).split("\n");
  const start = lines.indexOf(heading);
  if (start === -1) throw new Error(`There is no heading ${heading}`);
  const level = heading.indexOf(" ");
  const length = lines.slice(start + 1).findIndex((line) => {
    const hashes = /^#+ /.exec(line)?.[0].length ?? Number.POSITIVE_INFINITY;
    return hashes - 1 <= level;
  });
  // Code blocks were blanked line by line, so lines are those of the text.
  const all = text.split("\n");
  return all.slice(start + 1, length === -1 ? undefined : start + 1 + length).join("\n");
}

/** Rows of the tables of a text, without their headings. */
export function tableRows(text: string): string[][] {
  const lines = withoutCode(text).split("\n");
  const isRow = (line: string | undefined): boolean => line?.startsWith("|") === true;
  return lines
    .filter((line, index) => isRow(line) && !/^[|\s:-]+$/.test(line) && isRow(lines[index - 1]))
    .map((line) =>
      line
        .replaceAll("\\|", "\u0000")
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.replaceAll("\u0000", "|").trim()),
    );
}

/** Code in backticks of a text, code blocks left out. */
export function inlineCode(text: string): string[] {
  return [...withoutCode(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** Keeps the lines of code blocks, but nothing in them. */
export function withoutCode(text: string): string {
  return text.replace(/^```.*?^```$/gms, (block) => block.replaceAll(/[^\n]/g, ""));
}
