import { dataText } from "../playbook/data-text.ts";
import type { Prompt } from "../playbook/playbook.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { askTerminal } from "./ask-terminal.ts";

/** Asks for the variable of a prompt, which is a secret if it is private; undefined where standard input is no terminal. */
export function promptAsker(
  signal: AbortSignal,
  secrets: Secrets,
): ((prompt: Prompt) => Promise<string>) | undefined {
  if (!process.stdin.isTTY) return undefined;
  return async (prompt) => {
    const typed = await askPrompt(prompt, signal);
    if (prompt.isPrivate) secrets.add(typed);
    return typed;
  };
}

/** Asks until both answers are the same, where the prompt is to be confirmed. */
async function askPrompt(prompt: Prompt, signal: AbortSignal): Promise<string> {
  const options = { isShown: !prompt.isPrivate, subject: "value", signal };
  const question = `${prompt.text.replace(/:? *$/u, "")}${defaultText(prompt)}: `;
  for (;;) {
    const typed = await askTerminal(question, options);
    if (!prompt.isConfirmed) return typed;
    if ((await askTerminal(`Again, ${question}`, options)) === typed) return typed;
    process.stderr.write("The two are not the same\n");
  }
}

/** A private default is as private as what is typed. */
function defaultText({ default: value, isPrivate }: Prompt): string {
  if (value === undefined) return "";
  return isPrivate ? " [default: not shown]" : ` [${dataText(value)}]`;
}
