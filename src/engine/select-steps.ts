import { FusionPlayError } from "../errors.ts";
import { nameHint } from "../playbook/name-hint.ts";
import type { Block, Play, Playbook, StepNode } from "../playbook/playbook.ts";

/** What steps are chosen by. */
export interface TagFilter {
  tags: readonly string[];
  skipTags: readonly string[];
}

export interface StepFilter extends TagFilter {
  startAtStep: string | undefined;
}

/**
 * The plays with the steps that the filter leaves. Steps in a function cannot be filtered by tag or
 * name: they have the tags of their play, and are left out when steps are asked for that cannot be among them.
 *
 * Tags mean what they mean in Ansible: `always` runs unless it is skipped by name, `never` runs only
 * if it is asked for by one of the step's tags; `all`, `tagged` and `untagged` may be asked for.
 *
 * @throws {FusionPlayError} `NO_STEP_LEFT`
 */
export function selectSteps(playbooks: readonly Playbook[], filter: StepFilter): Play[] {
  const plays = playbooks.flatMap(({ plays: all }) => all);
  const started = filter.startAtStep === undefined ? plays : startingAt(plays, filter.startAtStep);
  const selected = started.map((play) => withSelectedSteps(play, filter));
  const left = selected.filter(({ steps, tags }) =>
    typeof steps === "function" ? isSelected(tags, filter) : steps.length > 0,
  );
  if (left.length === 0) {
    throw new FusionPlayError("Cannot run the plays: no step is left after the filters", {
      code: "NO_STEP_LEFT",
      hint: "Check --tags, --skip-tags and --start-at-step; --list-steps shows the steps with their tags",
    });
  }
  return left;
}

/** A play with those of its steps that the tags choose; without tags these are all but the ones with `never`. */
export function withSelectedSteps(play: Play, filter: TagFilter): Play {
  return typeof play.steps === "function" ? play : { ...play, steps: tagged(play.steps, filter) };
}

/** The steps that have the tags that are asked for; a block that has none left goes as well. */
function tagged(nodes: readonly StepNode[], filter: TagFilter): StepNode[] {
  return nodes.flatMap((node): StepNode[] => {
    if (node.kind !== "block") return isSelected(node.tags, filter) ? [node] : [];
    const block = tagged(node.block, filter);
    // Without a step that can fail nothing is to be rescued.
    const rescue = block.length === 0 ? [] : tagged(node.rescue, filter);
    const always = tagged(node.always, filter);
    return block.length + always.length === 0 ? [] : [{ ...node, block, rescue, always }];
  });
}

function startingAt(plays: readonly Play[], name: string): Play[] {
  for (const [index, play] of plays.entries()) {
    if (typeof play.steps === "function") continue;
    const steps = from(play.steps, name);
    if (steps !== undefined) return [{ ...play, steps }, ...plays.slice(index + 1)];
  }
  throw new FusionPlayError(`Cannot start at step "${name}": no play has a step of this name`, {
    code: "NO_STEP_LEFT",
    hint:
      nameHint(name, plays.flatMap(startNames), "The steps that are places to start at") ??
      "The steps of a function have no names before they run",
  });
}

/** Names of the steps and blocks of a play that it may be started at. */
function startNames({ steps }: Play): string[] {
  const namesOf = (node: StepNode): string[] =>
    node.kind === "block" ? [node.name, ...node.block.flatMap(namesOf)] : [node.name];
  return typeof steps === "function" ? [] : steps.flatMap(namesOf);
}

/** The steps from the one of a name on; undefined if there is none. */
function from(nodes: readonly StepNode[], name: string): StepNode[] | undefined {
  for (const [index, node] of nodes.entries()) {
    const first = node.name === name ? node : node.kind === "block" ? fromInside(node, name) : undefined;
    if (first !== undefined) return [first, ...nodes.slice(index + 1)];
  }
  return undefined;
}

function fromInside(node: Block, name: string): Block | undefined {
  const block = from(node.block, name);
  return block === undefined ? undefined : { ...node, block };
}

function isSelected(tags: readonly string[], { tags: wanted, skipTags }: TagFilter): boolean {
  if (tags.some((tag) => skipTags.includes(tag))) return false;
  if (skipTags.includes("all") && !tags.includes("always")) return false;
  if (skipTags.includes(tags.length > 0 ? "tagged" : "untagged")) return false;
  const isNamed = tags.some((tag) => wanted.includes(tag));
  if (tags.includes("never")) return isNamed;
  if (wanted.length === 0 || wanted.includes("all") || isNamed || tags.includes("always")) return true;
  return wanted.includes(tags.length > 0 ? "tagged" : "untagged");
}
