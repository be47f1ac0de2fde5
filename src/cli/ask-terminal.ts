import { FusionPlayError } from "../errors.ts";

const ENTER = /[\r\n]/u;
const INTERRUPT = "\u0003";
const END = "\u0004";
const BACKSPACE = /[\u007f\b]/u;

/** Options of {@linkcode askTerminal}. */
export interface AskOptions {
  /** Whether what is typed is shown. */
  readonly isShown: boolean;
  /** What the error calls what was to be typed: `password`. */
  readonly subject: string;
  readonly signal: AbortSignal;
}

/**
 * Asks at the terminal of standard input, on standard error; gives the line that is typed.
 *
 * @throws {FusionPlayError} `USAGE` if the input ends before the line does
 */
export async function askTerminal(prompt: string, { isShown, subject, signal }: AskOptions): Promise<string> {
  const input = process.stdin;
  signal.throwIfAborted();
  // From now on nothing is echoed, so what is typed early is not shown either.
  if (!isShown) input.setRawMode(true);
  process.stderr.write(prompt);
  let isTyped = false;
  try {
    const line = await readLine(input, { isShown, subject, signal });
    isTyped = true;
    return line;
  } finally {
    if (!isShown) input.setRawMode(false);
    // The terminal ends the line that it shows, where Enter was typed.
    if (!isShown || !isTyped) process.stderr.write("\n");
    input.pause();
  }
}

function readLine(input: NodeJS.ReadStream, { subject, signal }: AskOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const stop = (): void => finish(() => reject(signal.reason as Error));
    const endOfInput = (): void => finish(() => reject(nothingTyped(subject)));
    const finish = (settle: () => void): void => {
      input.off("data", onData);
      input.off("end", endOfInput);
      signal.removeEventListener("abort", stop);
      settle();
    };
    const onData = (chunk: Buffer): void => {
      for (const character of chunk.toString("utf8")) {
        // A terminal that hands on every key sends no signal for Ctrl-C.
        if (character === INTERRUPT) process.kill(process.pid, "SIGINT");
        else if (ENTER.test(character)) return finish(() => resolve(typed.join("")));
        else if (character === END) return endOfInput();
        else if (BACKSPACE.test(character)) typed = typed.slice(0, -1);
        else typed.push(character);
      }
    };
    signal.addEventListener("abort", stop, { once: true });
    input.on("data", onData);
    // The end of a file, which Ctrl-D is where the terminal edits lines itself.
    input.once("end", endOfInput);
    input.resume();
  });
}

function nothingTyped(subject: string): FusionPlayError {
  return new FusionPlayError(`Cannot go on: no ${subject} was typed`, { code: "USAGE" });
}
