import { quote } from "../documents/quote.ts";
import { FusionPlayError } from "../errors.ts";

/**
 * An option of its own, and not a value of `--dry-run`: an optional value would take the playbook that
 * follows for one.
 */
export const DRY_RUN_CONNECTED = "--dry-run=connect";

/**
 * Refuses other values.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function refuseUnknownDryRun(words: readonly string[]): void {
  const end = words.indexOf("--");
  const options = end < 0 ? words : words.slice(0, end);
  const unknown = options.find((word) => word.startsWith("--dry-run=") && word !== DRY_RUN_CONNECTED);
  if (unknown === undefined) return;
  throw new FusionPlayError(`Cannot run with ${quote(unknown)}: there is no such dry run`, {
    code: "USAGE",
    hint: "Write --dry-run, which opens no connection, or --dry-run=connect, which asks the hosts",
  });
}
