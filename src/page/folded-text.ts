import { lineChanges, type LineChange, type LineChangesOptions } from "../report/line-changes.ts";
import { formatCount } from "../report/quantity.ts";
import { element } from "./dom.ts";

/** So many lines are shown before the rest is asked for. */
const SHOWN_LINES = 24;

/** So many equal lines are shown round what changed. */
const CONTEXT = 3;

/** Shows text as it is; what is long is folded. */
export function foldedText(text: string): HTMLElement {
  return folded(text.split("\n").map((line) => `${line}\n`));
}

/** Shows what one text has in the place of another one, line by line. */
export function changedText(before: string, after: string, options: LineChangesOptions): HTMLElement {
  if (before === after) return element("p", { class: "muted" }, "The result is the same.");
  const changes = lineChanges(linesOf(before), linesOf(after), options);
  return folded(changes.flatMap((change, index) => changedLine(change, isNear(changes, index), index)));
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}

function changedLine({ sign, text }: LineChange, near: boolean, index: number): (Node | string)[] {
  if (sign === "-") return [element("del", {}, `- ${text}\n`)];
  if (sign === "+") return [element("ins", {}, `+ ${text}\n`)];
  return near ? [`  ${text}\n`] : index === 0 ? ["  …\n"] : [];
}

function isNear(changes: readonly LineChange[], index: number): boolean {
  return changes.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== " ");
}

function folded(lines: readonly (Node | string)[]): HTMLElement {
  const pre = element("pre", { tabindex: 0 }, ...lines.slice(0, SHOWN_LINES));
  const left = lines.slice(SHOWN_LINES);
  if (left.length === 0) return pre;
  const more = element(
    "button",
    { type: "button", class: "more" },
    `Show ${formatCount(left.length, "more line")}`,
  );
  more.addEventListener("click", () => {
    pre.append(...left);
    more.remove();
    pre.focus();
  });
  return element("div", {}, pre, more);
}
