import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { allSteps } from "../playbook/all-steps.ts";
import type { Playbook } from "../playbook/playbook.ts";

/** Those that mean something though no step has them. */
const SPECIAL = ["all", "tagged", "untagged", "always", "never"];

/** Says of each tag that steps are chosen by, and that none of them has: it is misspelt, most likely. */
export function unknownTagTexts(playbooks: readonly Playbook[], tags: readonly string[]): string[] {
  if (tags.length === 0) return [];
  const known = new Set(playbooks.flatMap(({ plays }) => plays).flatMap(tagsOf));
  return [...new Set(tags)]
    .filter((tag) => !known.has(tag) && !SPECIAL.includes(tag))
    .map((tag) => [`No step has the tag ${quote(tag)}`, didYouMean(tag, known)].filter(Boolean).join(". "));
}

/** Steps in a function have the tags of their play. */
function tagsOf({ steps, tags }: Playbook["plays"][number]): readonly string[] {
  return typeof steps === "function" ? tags : allSteps(steps).flatMap((step) => step.tags);
}
