import { readdirSync, readFileSync } from "node:fs";
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
  /** Line of the text that opens the block, from 1. */
  readonly line: number;
}

/** A block of code of a document. */
export interface Example extends CodeBlock {
  /** Path of the document in the checkout. */
  readonly document: string;
}

/** The README, that of a starter project, and all that is in `docs/`. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  "starter/README.md",
  ...readdirSync(`${ROOT}/docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The fenced code of a text; without a language it is `""`. */
export function codeBlocks(text: string): CodeBlock[] {
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)].map(
    ({ 2: language = "", 3: source = "", index }) => ({
      language,
      source,
      line: text.slice(0, index).split("\n").length,
    }),
  );
}

/** All blocks of code of a document, in their order. */
export function examplesOf(document: string): Example[] {
  return codeBlocks(readDocument(document)).map((block) => ({ ...block, document }));
}

/** The name that the first line of a block gives it, in a comment: `# site.yml`; undefined without one. */
export function fileNameOf({ source }: CodeBlock): string | undefined {
  return /^(?:#|\/\/|%%) ([\w./-]+\.[a-z]+)$/.exec(source.split("\n", 1)[0] ?? "")?.[1];
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
