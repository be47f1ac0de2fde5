import { FusionPlayError } from "../errors.ts";

const ENTER = /[\r\n]/u;
const INTERRUPT = "\u0003";
const END = "\u0004";
const BACKSPACE = /[\u007f\b]/u;

/**
 * Asks for a secret at the terminal; what is typed is not shown.
 *
 * @throws {FusionPlayError} `USAGE` if there is no terminal, or nothing is typed
 */
export async function askSecret(prompt: string, signal: AbortSignal): Promise<string> {
  const input = process.stdin;
  if (!input.isTTY) {
    throw new FusionPlayError("Cannot ask for a password: standard input is no terminal", {
      code: "USAGE",
      hint: "Name a file or program that gives it, with --vault-password-file or --vault-id",
    });
  }
  // From now on nothing is echoed, so what is typed early is not shown either.
  input.setRawMode(true);
  process.stderr.write(prompt);
  try {
    signal.throwIfAborted();
    return await readLine(input, signal);
  } finally {
    input.setRawMode(false);
    input.pause();
    process.stderr.write("\n");
  }
}

function readLine(input: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const stop = (): void => finish(() => reject(signal.reason as Error));
    const finish = (settle: () => void): void => {
      input.off("data", onData);
      signal.removeEventListener("abort", stop);
      settle();
    };
    const onData = (chunk: Buffer): void => {
      for (const character of chunk.toString("utf8")) {
        // A terminal that hands on every key sends no signal for Ctrl-C.
        if (character === INTERRUPT) process.kill(process.pid, "SIGINT");
        else if (ENTER.test(character)) return finish(() => resolve(typed.join("")));
        else if (character === END) return finish(() => reject(nothingTyped()));
        else if (BACKSPACE.test(character)) typed = typed.slice(0, -1);
        else typed.push(character);
      }
    };
    signal.addEventListener("abort", stop, { once: true });
    input.on("data", onData);
    input.resume();
  });
}

function nothingTyped(): FusionPlayError {
  return new FusionPlayError("Cannot go on: no password was typed", { code: "USAGE" });
}
