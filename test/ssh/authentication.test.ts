import type { AuthContext, Prompt } from "ssh2";
import { expect, test } from "vitest";

import { secret } from "../../src/secret.ts";
import { connectSsh2 } from "../../src/ssh/ssh2-connection.ts";
import { DEFAULT_TIMEOUTS, type SshTarget } from "../../src/ssh/ssh-target.ts";
import { startSsh2Server, type Ssh2Server } from "./ssh2-server.ts";
import { never } from "./target-of.ts";

const PASSWORD = "correct secret";

function target({ address, port }: Ssh2Server, changes: Partial<SshTarget> = {}): SshTarget {
  return {
    name: "web1",
    address,
    port,
    user: "deploy",
    password: secret(PASSWORD),
    identities: [],
    identitiesOnly: false,
    hostKeys: { files: [], checking: "off" },
    timeouts: DEFAULT_TIMEOUTS,
    route: { type: "direct" },
    ...changes,
  };
}

/** A question whose answer is not shown. */
function hidden(prompt: string): Prompt {
  return { prompt, echo: false };
}

/** Logs in at a server that treats attempts as `onAttempt` says; returns the methods tried, and the failure. */
async function attempt(
  onAttempt: (context: AuthContext) => void,
  changes?: Partial<SshTarget>,
): Promise<{ methods: string[]; error: { code: string; message: string } | undefined }> {
  const methods: string[] = [];
  await using server = await startSsh2Server((connection) => {
    connection.on("authentication", (context) => {
      methods.push(context.method);
      onAttempt(context);
    });
  });
  try {
    const connection = await connectSsh2(target(server, changes), { signal: never() });
    await connection[Symbol.asyncDispose]();
    return { methods, error: undefined };
  } catch (error) {
    return { methods, error: error as { code: string; message: string } };
  }
}

test("Authentication asks what is accepted before it sends a password", async () => {
  const { methods, error } = await attempt((context) => {
    if (context.method === "password" && context.password === PASSWORD) context.accept();
    else context.reject(["password"]);
  });
  expect(error).toBeUndefined();
  expect(methods).toEqual(["none", "password"]);
});

test("Authentication is content, when the server wants nothing", async () => {
  const { methods, error } = await attempt((context) => context.accept());
  expect(error).toBeUndefined();
  expect(methods).toEqual(["none"]);
});

test("Authentication answers a question for a password", async () => {
  const answers: string[][] = [];
  const { methods, error } = await attempt((context) => {
    if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
    context.prompt([hidden("Password: ")], (given) => {
      answers.push(given);
      context.accept();
    });
  });
  expect(error).toBeUndefined();
  expect(methods).toEqual(["none", "keyboard-interactive"]);
  expect(answers).toEqual([[PASSWORD]]);
});

test("Authentication sends a refused password by no other method", async () => {
  const { methods, error } = await attempt((context) => context.reject(["password", "keyboard-interactive"]));
  expect(error).toMatchObject({
    code: "SSH_AUTHENTICATION_FAILED",
    message: expect.stringMatching(
      /tried password; the server accepts password, keyboard-interactive$/,
    ) as string,
  });
  expect(methods).toEqual(["none", "password"]);
});

test("Authentication gives the password twice, when the server wants two proofs", async () => {
  const { methods, error } = await attempt((context) => {
    if (context.method === "password") return context.reject(["keyboard-interactive"], true);
    if (context.method !== "keyboard-interactive") return context.reject(["password"]);
    context.prompt([hidden("Password: ")], () => context.accept());
  });
  expect(error).toBeUndefined();
  expect(methods).toEqual(["none", "password", "keyboard-interactive"]);
});

test.each([
  [
    "a second question",
    [hidden("Password: "), hidden("Verification code: ")],
    'the server asks "Verification code:"',
  ],
  ["a visible answer", [{ prompt: "Token: ", echo: true }], 'the server asks "Token:"'],
])("Authentication stops, when the server wants %s", async (_name, prompts, state) => {
  const answers: string[] = [];
  const { error } = await attempt((context) => {
    if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
    const ask = ([first, ...others]: Prompt[]): void => {
      if (first === undefined) return context.accept();
      context.prompt([first], (given) => {
        answers.push(...given);
        ask(others);
      });
    };
    ask(prompts);
  });
  expect(error).toMatchObject({ code: "SSH_AUTHENTICATION_FAILED" });
  expect(error?.message).toContain(state);
  expect(answers.filter((answer) => answer === PASSWORD).length).toBeLessThanOrEqual(1);
});

test("Authentication says so, when the password has expired", async () => {
  const { error } = await attempt((context) => {
    if (context.method === "password") context.requestChange("Choose a new one", () => {});
    else context.reject(["password"]);
  });
  expect(error).toMatchObject({
    code: "SSH_AUTHENTICATION_FAILED",
    message: expect.stringContaining("the password has expired") as string,
  });
});

test("Authentication says what the server accepts, when that is something unheard of", async () => {
  const { methods, error } = await attempt((context) => context.reject(["hostbased"]));
  expect(methods).toEqual(["none"]);
  expect(error?.message).toContain("nothing to offer that it accepts; the server accepts hostbased");
});
