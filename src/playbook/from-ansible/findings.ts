import type { DocumentNode } from "../../documents/node.ts";
import { listLines } from "../../documents/list-lines.ts";
import { report, type Reading } from "../playbook-source.ts";

/** Something in a playbook of Ansible that has to be written in another way. */
export interface Finding {
  readonly node: DocumentNode;
  /** The character of the node's text that it is about. */
  readonly offset?: number | undefined;
  /** Findings with the same text here are told as one. */
  readonly alike: string;
  readonly message: string;
  /** What to do, where {@linkcode write} does not say it. */
  readonly hint?: string | undefined;
  /** What to write in its place, each in its own. */
  readonly write?: string | undefined;
}

/** So many places are listed of what is wrong more than once. */
const MOST_PLACES = 12;

/** Notes findings as mistakes of the playbook, those that are alike as one. */
export function reportFindings(reading: Reading, findings: readonly Finding[]): void {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.alike);
    if (group === undefined) groups.set(finding.alike, [finding]);
    else group.push(finding);
  }
  for (const [first, ...others] of groups.values()) {
    if (first === undefined) continue;
    const hint = [first.hint ?? `Write ${first.write}`, ...placesOf(reading, others)].join("\n  ");
    report(reading, first.node, { message: first.message, hint, offset: first.offset });
  }
}

/** `and 2 more like this: lines 4 and 9`, or what to write in each line. */
function placesOf(reading: Reading, others: readonly Finding[]): string[] {
  if (others.length === 0) return [];
  const byText = new Map<string, Set<number>>();
  for (const { node, offset, write = "" } of others) {
    const lines = byText.get(write) ?? new Set();
    byText.set(write, lines.add(reading.source.locate(node, offset).line));
  }
  const heading = `and ${others.length} more like this`;
  const [[text, lines] = ["", new Set<number>()]] = byText;
  if (byText.size === 1 && text === "") return [`${heading}: ${listLines(lines)}`];
  const shown = [...byText].slice(0, MOST_PLACES).map(([write, at]) => `  ${listLines(at)}: ${write}`);
  const rest = byText.size - shown.length;
  return [`${heading}:`, ...shown, ...(rest > 0 ? [`  … and ${rest} more`] : [])];
}
