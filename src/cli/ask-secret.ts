import { FusionPlayError } from "../errors.ts";
import { secret, type Secret } from "../secret.ts";
import { askTerminal } from "./ask-terminal.ts";

/**
 * Asks for a secret at the terminal; what is typed is not shown.
 *
 * @param hint What to do where there is no terminal
 * @throws {FusionPlayError} `USAGE` if there is no terminal, or nothing is typed
 */
export async function askSecret(
  prompt: string,
  signal: AbortSignal,
  hint: string = "Name a file or program that gives it, with --vault-password-file or --vault-id",
): Promise<Secret> {
  if (!process.stdin.isTTY) {
    throw new FusionPlayError("Cannot ask for a password: standard input is no terminal", {
      code: "USAGE",
      hint,
    });
  }
  return secret(await askTerminal(prompt, { isShown: false, subject: "password", signal }));
}
