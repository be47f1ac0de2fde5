import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";

/** An answer to type after a prompt. */
export type Answer = readonly [prompt: string, keys: string];

/** What a program did in a pseudo-terminal. */
export interface Typed {
  readonly exitCode: number;
  /** All that was shown. */
  readonly shown: string;
}

/** Runs the program in a pseudo-terminal and types each answer after its prompt. */
export async function typed(answers: readonly Answer[], ...args: readonly string[]): Promise<Typed> {
  const program = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
  return typedTo(["--import", import.meta.resolve("jiti/register"), program, ...args], answers);
}

/** Runs Node.js with arguments in a pseudo-terminal, and types. */
export async function typedTo(
  args: readonly string[],
  answers: readonly Answer[],
  {
    cwd = process.cwd(),
    env = process.env,
  }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Typed> {
  const terminal = spawn(process.execPath, [...args], {
    cols: 200,
    cwd,
    env: env as Record<string, string>,
  });
  let shown = "";
  let seen = 0;
  const left = [...answers];
  terminal.onData((data) => {
    shown += data;
    const [next] = left;
    if (next === undefined || !shown.slice(seen).endsWith(next[0])) return;
    seen = shown.length;
    left.shift();
    terminal.write(next[1]);
  });
  const exitCode = await new Promise<number>((resolve) => terminal.onExit((exit) => resolve(exit.exitCode)));
  return { exitCode, shown };
}
