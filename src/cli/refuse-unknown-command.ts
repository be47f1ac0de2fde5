import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { FusionPlayError } from "../errors.ts";

/**
 * Refuses a word that stands where a playbook should: `run` need not be written, so a command that is misspelt, or
 * stands behind options, looks like one.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function refuseUnknownCommand(files: readonly string[], commands: readonly string[]): void {
  const word = files.find((file) => /^[a-z][a-z-]*$/i.test(file));
  if (word === undefined) return;
  if (commands.includes(word)) {
    throw new FusionPlayError(`Cannot run ${quote(word)} here: a command stands before its options`, {
      code: "USAGE",
      hint: `Write it first: fusion-play ${word} …`,
    });
  }
  throw new FusionPlayError(`Cannot run ${quote(word)}: it is neither a command nor a playbook`, {
    code: "USAGE",
    hint:
      didYouMean(word, commands) ??
      `The commands are ${commands.join(", ")}; playbooks end in .yml, .yaml or .ts`,
  });
}
