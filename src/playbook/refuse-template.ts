import { keyText } from "../documents/key-text.ts";
import type { DocumentNode, MappingNode } from "../documents/node.ts";
import { report, type Reading } from "./playbook-source.ts";
import { textOf } from "./step-context.ts";
import { isTemplate } from "./template-text.ts";

/** Why there can be no template, and what to write instead. */
type Refusal = readonly [why: string, hint: string];

type TextKey = "app" | "function" | "module" | "notify" | "push" | "register" | "tags";

const LOOKED_UP = "code is looked up before any value is known";
const CALLED: Refusal = [LOOKED_UP, "Make a step of each call, with a when"];
const PLAIN: Refusal = ["it is needed before any value is known", "Write true or false"];

/** Keys of steps whose texts can hold no `${{ … }}`. */
const TEXTS: Readonly<Record<TextKey, Refusal>> = {
  app: [LOOKED_UP, "Make a step of each application, with a when"],
  function: CALLED,
  module: CALLED,
  notify: ["handlers are looked up before any value is known", "Notify several handlers, each with a when"],
  push: [LOOKED_UP, "Make a step of each module, with a when"],
  register: ["later steps are checked for it before any value is known", "Write a name that fits every host"],
  tags: ["steps are chosen by them before any value is known", "Write the words, or use when"],
};

/** Keys of steps that are true or false for all hosts. */
const SWITCHES: Readonly<Record<string, Refusal>> = {
  any_errors_fatal: PLAIN,
  ignore_unreachable: PLAIN,
  no_log: PLAIN,
  run_once: [
    "hosts share the step before any value is known",
    "Write true, and say with when where it is done",
  ],
  transaction: ["hosts share the step before any value is known", "Write true or false"],
};

/** Reports a text with `${{ … }}` under a key of a step that can hold none; gives whether it is one. */
export function refuseTemplate(reading: Reading, node: DocumentNode, key: TextKey): boolean {
  if (!isTemplate(textOf(node) ?? "")) return false;
  const [why, hint] = TEXTS[key];
  report(reading, node, { message: `"${key}" cannot hold \${{ … }}: ${why}`, hint });
  return true;
}

/** Reports `${{ … }}` where true or false is wanted before the run, and gives the step without the keys. */
export function withoutTemplates(reading: Reading, step: MappingNode): MappingNode {
  const entries = step.entries.filter(({ key, value }) => {
    const name = keyText(key);
    const refused = Object.hasOwn(SWITCHES, name) ? SWITCHES[name] : undefined;
    if (refused === undefined || !isTemplate(textOf(value) ?? "")) return true;
    const [why, hint] = refused;
    report(reading, value, { message: `"${name}" cannot hold \${{ … }}: ${why}`, hint });
    return false;
  });
  return { ...step, entries };
}
