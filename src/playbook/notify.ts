import type { DocumentNode } from "../documents/node.ts";
import { valueOf } from "../documents/node-at.ts";
import { quote } from "../documents/quote.ts";
import { nameHint } from "./name-hint.ts";
import { report, type Mistake, type Reading } from "./playbook-source.ts";
import { refuseTemplate } from "./refuse-template.ts";
import { oneOrMore, textOf, type HandlersBefore, type StepsBefore } from "./step-context.ts";

/** Reads the names of the handlers that a step or block notifies, each of which must be there. */
export function readNotify(
  reading: Reading,
  node: DocumentNode,
  { handlers }: Pick<StepsBefore, "handlers">,
): readonly string[] {
  const names: string[] = [];
  for (const item of oneOrMore(valueOf(node, "notify"))) {
    const name = textOf(item);
    // The schema says what is no text.
    if (name === undefined || refuseTemplate(reading, item, "notify")) continue;
    const mistake = mistakeIn(name, handlers);
    if (mistake !== undefined) report(reading, item, mistake);
    names.push(name);
  }
  return names;
}

function mistakeIn(name: string, { notifiable, passed }: HandlersBefore): Mistake | undefined {
  if (notifiable.includes(name)) return undefined;
  if (passed.includes(name)) {
    return {
      message: `A handler can only notify handlers after it, and ${quote(name)} is not one of them`,
      hint: "Handlers are run in the order in which they are written",
    };
  }
  return {
    message: `There is no handler ${quote(name)}`,
    hint:
      nameHint(name, [...notifiable, ...passed], "The handlers of the play") ??
      'Write it below "handlers" of the play',
  };
}
