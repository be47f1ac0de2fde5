import { format, resolveConfig } from "prettier";

/** What is known of a code, in the order in which it is told. */
export interface DescribedCode {
  readonly section: string;
  readonly code: string;
  readonly meaning: string;
  readonly cause: string;
  readonly fix: string;
}

/** A comment of one line begins a section; before each member stands its doc comment. */
const PART =
  /^ {2}\/\/ (?<section>.+)$|^ {2}\/\*\*\n(?<doc>(?: {3}\* .*\n)+) {3}\*\/\n {2}(?:\| )?"(?<code>[A-Z_]+)"/gm;

const ITEMS = /^(?<meaning>[^\n]+?) ?\nCause: (?<cause>[^\n]+?) ?\nFix: (?<fix>[^\n]+)$/;

/**
 * Reads the codes of unions and their doc comments, which have three parts: what it means, `Cause:` and `Fix:`.
 *
 * @param source text of the files in `src/error-codes`
 * @throws {Error} if a code has no such comment
 */
export function readErrorCodes(source: string): DescribedCode[] {
  const codes: DescribedCode[] = [];
  let section = "";
  for (const { groups = {} } of source.matchAll(PART)) {
    const { code } = groups;
    if (code === undefined) section = groups["section"] ?? "";
    else codes.push({ section, code, ...itemsOf(code, groups["doc"] ?? "") });
  }
  const members = source.match(/^ {2}(?:\| )?"/gm)?.length ?? 0;
  if (codes.length !== members) throw new Error(`${members - codes.length} codes have no doc comment`);
  return codes;
}

function itemsOf(code: string, doc: string): Pick<DescribedCode, "meaning" | "cause" | "fix"> {
  const text = doc
    .replaceAll(/^ {3}\* /gm, "")
    .trim()
    .replaceAll(/\n(?!Cause: |Fix: )/g, " ");
  const { meaning, cause, fix } = ITEMS.exec(text)?.groups ?? {};
  if (meaning === undefined || cause === undefined || fix === undefined) {
    throw new Error(`The doc comment of ${code} has not what it means, "Cause:" and "Fix:"`);
  }
  return { meaning, cause, fix };
}

/**
 * Writes the page of all codes: `docs/errors.md`.
 *
 * @param introduction what stands above its first section
 * @param path where the page is, which says how it is formatted
 */
export async function errorsPage(
  codes: readonly DescribedCode[],
  introduction: string,
  path: string,
): Promise<string> {
  const sections = [...new Set(codes.map(({ section }) => section))].map((section) =>
    [`## ${section}`, ...codes.filter((code) => code.section === section).map(codeText)].join("\n\n"),
  );
  const page = [introduction.trim(), ...sections].join("\n\n");
  return format(page, { ...(await resolveConfig(path)), parser: "markdown" });
}

function codeText({ code, meaning, cause, fix }: DescribedCode): string {
  return `### ${code}\n\n- **Meaning:** ${meaning}\n- **Cause:** ${cause}\n- **Fix:** ${fix}`;
}
