import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import type { Play, Prompt } from "../playbook/playbook.ts";
import { secret } from "../secret.ts";
import type { RunOptions } from "./run-options.ts";

/**
 * Gets the values of what plays prompt for, once for each name: the command line goes before the user. Where
 * nobody can be asked, or nothing is typed, the default counts. Private ones are secrets.
 *
 * @throws {FusionPlayError} `USAGE` if there is no value
 */
export async function answerPrompts(
  plays: readonly Play[],
  { extraVars = {}, ask, signal }: Pick<RunOptions, "extraVars" | "ask" | "signal">,
): Promise<Readonly<Record<string, Data>>> {
  const answers = new Map<string, Data>();
  for (const prompt of plays.flatMap(({ prompts }) => prompts)) {
    const { name } = prompt;
    if (answers.has(name) || Object.hasOwn(extraVars, name)) continue;
    signal.throwIfAborted();
    const answer = await answerOf(prompt, ask);
    answers.set(name, prompt.isPrivate ? secret(answer) : answer);
  }
  return Object.fromEntries(answers);
}

async function answerOf(prompt: Prompt, ask: RunOptions["ask"]): Promise<Data> {
  if (ask !== undefined) {
    const typed = await ask(prompt);
    return typed === "" ? (prompt.default ?? "") : typed;
  }
  if (prompt.default !== undefined) return prompt.default;
  const { file, line, column } = prompt.location;
  throw new FusionPlayError(
    `Cannot ask for "${prompt.name}" at ${file}:${line}:${column}: standard input is no terminal`,
    { code: "USAGE", hint: `Give its value with --extra-vars ${prompt.name}=…` },
  );
}
