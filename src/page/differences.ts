import { formatCount } from "../report/quantity.ts";
import { byId, element } from "./dom.ts";
import type { PlayView, RunView } from "./run-view.ts";
import { stepGroups } from "./step-groups.ts";

/** Lists the steps that did not end in the same way on all hosts; what they gave is shown when it is asked for. */
export function showDifferences(run: RunView, play: PlayView): void {
  const differing = play.steps.flatMap((step, column) => {
    const groups = play.groups(column);
    return groups.length > 1 ? [{ step, column, groups }] : [];
  });
  const same = play.steps.length - differing.length;
  const list = differing.map(({ step, column, groups }) => {
    const all = groups.reduce((sum, { hosts }) => sum + hosts.length, 0);
    const common = play.common(column)?.hosts.length;
    const told =
      common === undefined
        ? `${formatCount(groups.length, "result")} on ${formatCount(all, "host")}, none of them on most`
        : `${formatCount(all - common, "host")} of ${all} unlike the others`;
    const fold = element(
      "details",
      { class: "step" },
      element("summary", {}, element("h3", {}, step.name), " ", element("span", { class: "muted" }, told)),
    );
    fold.addEventListener("toggle", () => fold.append(stepGroups({ run, play, column })), { once: true });
    return fold;
  });
  byId("differing").replaceChildren(
    element("p", { class: "muted" }, differingText(differing.length, same)),
    ...list,
  );
}

function differingText(differing: number, same: number): string {
  if (differing === 0) return "Every step ended in the same way on all hosts that came to it.";
  return `${formatCount(differing, "step")} differ${differing === 1 ? "s" : ""} between hosts; ${same} gave the same everywhere.`;
}
