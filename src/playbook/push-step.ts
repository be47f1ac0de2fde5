import { valueOf } from "../documents/node-at.ts";
import { quote } from "../documents/quote.ts";
import { defaultName } from "./default-name.ts";
import { moduleName } from "./module-name.ts";
import type { PushStep } from "./playbook.ts";
import { report } from "./playbook-source.ts";
import { readPurge } from "./purge.ts";
import { isTrue, readStepCommon } from "./step-common.ts";
import { oneOrMore, textOf, type StepContext } from "./step-context.ts";

/** Reads a step of the kind `push`. */
export function readPushStep(context: StepContext): PushStep {
  const names: string[] = [];
  const modules: string[] = [];
  for (const item of oneOrMore(valueOf(context.node, "push"))) {
    const text = textOf(item);
    if (text === undefined) continue;
    const module = moduleName(text);
    if (module === undefined) {
      report(context.reading, item, {
        message: `${quote(text)} is not the name of a module`,
        hint: "Write RemoteHealth for a module of Elixir, my_app for one of Erlang",
      });
    } else modules.push(module);
    names.push(text);
  }
  return {
    ...readStepCommon(context, defaultName("push", names.join(", "))),
    kind: "push",
    modules,
    purge: readPurge(context.node),
    transaction: isTrue(valueOf(context.node, "transaction")),
  };
}
