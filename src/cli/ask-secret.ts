import { FusionPlayError } from "../errors.ts";
import { askTerminal } from "./ask-terminal.ts";

/**
 * Asks for a secret at the terminal; what is typed is not shown.
 *
 * @throws {FusionPlayError} `USAGE` if there is no terminal, or nothing is typed
 */
export async function askSecret(prompt: string, signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new FusionPlayError("Cannot ask for a password: standard input is no terminal", {
      code: "USAGE",
      hint: "Name a file or program that gives it, with --vault-password-file or --vault-id",
    });
  }
  return askTerminal(prompt, { isShown: false, subject: "password", signal });
}
