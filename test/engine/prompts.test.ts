import { expect, test } from "vitest";
import { answerPrompts } from "../../src/engine/prompts.ts";
import type { Data } from "../../src/etf/data.ts";
import { Float } from "../../src/etf/term.ts";
import { secret } from "../../src/secret.ts";
import { playbookOf } from "./fake-run.ts";

const PLAYS = `
- hosts: all
  vars_prompt:
    - { name: release, default: 1.5 }
    - { name: token }
  steps: []
- hosts: all
  vars_prompt: [{ name: token, prompt: Again }, { name: region, default: north }]
  steps: []
`;

async function answersTo(
  typed: Readonly<Record<string, string>> | undefined,
  extraVars: Readonly<Record<string, Data>> = {},
): Promise<{ asked: string[]; answers: Readonly<Record<string, Data>> }> {
  const { plays } = await playbookOf(PLAYS);
  const asked: string[] = [];
  const ask = async ({ name }: { name: string }): Promise<string> => {
    asked.push(name);
    return typed?.[name] ?? "";
  };
  const { signal } = new AbortController();
  const options = { extraVars, signal, ask: typed === undefined ? undefined : ask };
  return { answers: await answerPrompts(plays, options), asked };
}

test("answerPrompts() makes secrets of private ones alone", async () => {
  const { plays } = await playbookOf(
    "hosts: all\nvars_prompt: [{ name: a, private: false }, { name: b }]\nsteps: []",
  );
  const answers = await answerPrompts(plays, { ask: async () => "x", signal: new AbortController().signal });
  expect(answers).toEqual({ a: "x", b: secret("x") });
});

test("answerPrompts() asks once for each name, when plays share one", async () => {
  expect(await answersTo({ release: "7", token: "a:b" })).toEqual({
    asked: ["release", "token", "region"],
    answers: { release: secret("7"), token: secret("a:b"), region: secret("north") },
  });
});

test("answerPrompts() takes the default or empty text, when nothing is typed", async () => {
  const { answers } = await answersTo({});
  expect(answers).toEqual({ release: secret(new Float(1.5)), token: secret(""), region: secret("north") });
});

test("answerPrompts() does not ask for what the command line gives", async () => {
  expect(await answersTo({}, { release: 1, token: null })).toEqual({
    asked: ["region"],
    answers: { region: secret("north") },
  });
});

test("answerPrompts() takes defaults, and names the option that is missing, when nobody can be asked", async () => {
  expect((await answersTo(undefined, { token: "t" })).answers).toMatchObject({ region: secret("north") });
  await expect(answersTo(undefined)).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringMatching(
      /^Cannot ask for "token" at .*site\.yml:5:9: standard input is no terminal$/u,
    ),
    hint: "Give its value with --extra-vars token=…",
  });
});
