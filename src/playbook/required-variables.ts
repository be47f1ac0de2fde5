import type { DocumentNode } from "../documents/node.ts";
import { lineAt } from "../documents/position.ts";
import { withoutSecret } from "../documents/secret-name.ts";
import type { RequiredName } from "./cel.ts";
import type { PlaybookSource, Reading } from "./playbook-source.ts";
import type { RequiredVariable } from "./playbook.ts";

/**
 * Notes the variables that an expression in the text of a node reads for certain.
 *
 * @param start where the expression begins in the text
 */
export function noteRequired(
  { source, required }: Reading,
  node: DocumentNode,
  names: readonly RequiredName[],
  start = 0,
): void {
  for (const { name, offset } of names) {
    required.push({ name, ...shownPlace(source, node, start + offset), readBy: undefined });
  }
}

/** Where something stands, as people are told it, and the line there if it may be shown. */
export function shownPlace(
  source: PlaybookSource,
  node: DocumentNode,
  offset = 0,
): Pick<RequiredVariable, "location" | "sourceLine"> {
  const location = source.locate(node, offset);
  // A module has no text for its values, and what was encrypted is not shown.
  const isShown = source.place(node, 0) !== undefined && source.text.isSecret !== true;
  return { location, sourceLine: isShown ? withoutSecret(lineAt(source.text, location.line)) : undefined };
}

/** Reads a part of a playbook, and gives the variables that were noted meanwhile. */
export function collectRequired<Part>(
  { required }: Reading,
  read: () => Part,
): [part: Part, required: readonly RequiredVariable[]] {
  const before = required.length;
  const part = read();
  return [part, required.splice(before)];
}
