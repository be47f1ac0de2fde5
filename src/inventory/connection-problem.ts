import { quote } from "../documents/quote.ts";
import { isSecretName } from "../documents/secret-name.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { revealData } from "../etf/secret-data.ts";
import { connectionVariable, OWN_VARIABLES, readSetting, type Written } from "./connection-variables.ts";
import { describeData } from "../documents/describe-data.ts";

/** What is wrong with a variable that says how to reach hosts. */
export interface ConnectionProblem {
  /** What is wrong: its name, which nobody knows, its value, or that this is a template. */
  readonly part: "name" | "value" | "template";
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * Finds what is wrong with a variable as one that says how to reach hosts; undefined of one that is right, and of one
 * that says nothing of it.
 *
 * @param isShown whether messages may say what its value is
 */
export function connectionProblem(
  name: string,
  variable: Written,
  { isShown }: { readonly isShown: boolean },
): ConnectionProblem | undefined {
  const known = connectionVariable(name);
  if (known === undefined) return name.startsWith("fusion_") ? unknownName(name) : undefined;
  const reading = readSetting(known, name, variable);
  if ("saysNothing" in reading) return undefined;
  const data = revealData(variable.data);
  if (typeof data === "string" && /\{\{.*\}\}/u.test(data)) {
    const message = `${quote(name)} holds a template, and connection variables are taken as they are`;
    return { part: "template", message, hint: "Write the value itself" };
  }
  if (!("expected" in reading)) return undefined;
  // A value that should be secret is not repeated.
  const got = isSecretName(name) || !isShown ? "" : `, got ${describeData(data)}`;
  return { part: "value", message: `${quote(name)} expects ${reading.expected}${got}` };
}

function unknownName(name: string): ConnectionProblem {
  const hint = didYouMean(name, OWN_VARIABLES) ?? `Known variables: ${OWN_VARIABLES.join(", ")}`;
  return { part: "name", message: `Unknown connection variable ${quote(name)}`, hint };
}
