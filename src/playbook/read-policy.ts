import type { DocumentNode } from "../documents/node.ts";
import { valueOf } from "../documents/node-at.ts";
import { quote } from "../documents/quote.ts";
import { EFFECT_NAMES } from "./effects.ts";
import { moduleName } from "./module-name.ts";
import type { AllowedName, Effect, Policy } from "./playbook.ts";
import { report, type Reading } from "./playbook-source.ts";
import { oneOrMore, textOf } from "./step-context.ts";

/** The policy of a play that has none: everything is allowed, and nothing may be missing. */
export const NO_POLICY: Policy = { deny: [], allowMissing: [] };

/** Reads the key `policy` of a play, which its schema has checked. */
export function readPolicy(reading: Reading, play: DocumentNode): Policy {
  const node = valueOf(play, "policy");
  if (node === undefined) return NO_POLICY;
  const allowMissing = oneOrMore(valueOf(node, "allow_missing")).flatMap((item) => {
    const text = textOf(item);
    if (text === undefined) return [];
    const name = allowedName(text);
    if (name !== undefined) return [name];
    report(reading, item, {
      message: `${quote(text)} is not the name of a module or of a function`,
      hint: "Write Jason, my_app, Jason.encode!/1 or my_app:start/2",
    });
    return [];
  });
  const denied = oneOrMore(valueOf(node, "deny")).map(textOf);
  return { deny: denied.filter(isEffect), allowMissing };
}

function isEffect(text: string | undefined): text is Effect {
  return EFFECT_NAMES.some((name) => name === text);
}

/** Reads `Jason`, `Jason.encode!/1`, `my_app` or `my_app:start/2`. */
function allowedName(text: string): AllowedName | undefined {
  const whole = moduleName(text);
  if (whole !== undefined) return { module: whole, function: undefined };
  const [, moduleText = "", name = "", arity = ""] = /^(.+)[.:]([a-z_][\w@?!]*)\/(\d{1,3})$/.exec(text) ?? [];
  const module = moduleName(moduleText);
  return module === undefined ? undefined : { module, function: { name, arity: Number(arity) } };
}
