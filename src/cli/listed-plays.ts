import { hostsOfPlays } from "../engine/play-hosts.ts";
import type { PlanOptions } from "../engine/run-options.ts";
import { selectSteps } from "../engine/select-steps.ts";
import { sourcePlace } from "../engine/source-place.ts";
import type { Json } from "../etf/json.ts";
import type { Play, StepNode } from "../playbook/playbook.ts";

/** What is listed of plays. */
export interface Listed {
  readonly hosts: boolean;
  readonly steps: boolean;
}

/** Gives the hosts and steps of each play as `schemas/list.schema.json` describes them. */
export function listedPlays(plan: PlanOptions, { hosts, steps }: Listed): Json {
  const { playbooks, tags = [], skipTags = [], startAtStep } = plan;
  const plays = selectSteps(playbooks, { tags, skipTags, startAtStep });
  const selected = hosts ? hostsOfPlays(plays, plan) : [];
  return {
    version: 1,
    plays: plays.map((play, index) => ({
      name: play.name,
      ...sourcePlace(play.location),
      pattern: play.hosts,
      ...(hosts ? { hosts: (selected[index] ?? []).map(({ name }) => name) } : {}),
      ...(steps ? stepsOf(play) : {}),
    })),
  };
}

function stepsOf({ steps, handlers }: Play): Readonly<Record<string, Json>> {
  return {
    steps: typeof steps === "function" ? null : steps.map(nodeToJson),
    handlers: handlers.map(({ step }) => nodeToJson(step)),
  };
}

function nodeToJson(node: StepNode): Json {
  const { name, kind } = node;
  const place = sourcePlace(node.location);
  if (node.kind !== "block") return { name, kind, tags: node.tags, ...place };
  const { block, rescue, always } = node;
  return {
    name,
    kind,
    block: block.map(nodeToJson),
    rescue: rescue.map(nodeToJson),
    always: always.map(nodeToJson),
    ...place,
  };
}
