import { Command } from "commander";
import { checkHostPatterns } from "../inventory/check-host-patterns.ts";
import { expandLimit } from "../inventory/expand-limit.ts";
import { withGivenConnection } from "../inventory/given-connection.ts";
import { checkVariables } from "../engine/check-variables.ts";
import { hostsOfPlays } from "../engine/play-hosts.ts";
import { withSelectedSteps } from "../engine/select-steps.ts";
import { allSteps } from "../playbook/all-steps.ts";
import type { Playbook } from "../playbook/playbook.ts";
import { formatCount } from "../report/quantity.ts";
import { readExtraVariables, valuesOf, type ExtraVariable } from "./extra-vars.ts";
import { keysOf, withKeyOptions, type KeyOptions } from "./key-options.ts";
import { loadFiles, loadPlaybooks, type LoadOptions } from "./load-files.ts";
import { OPTION } from "./options.ts";
import type { CommandContext } from "./command-context.ts";
import type { Keys } from "../secrets/keys.ts";
import { withSecretVariables } from "./secret-variables.ts";
import { tellUnmatched } from "./tell-unmatched.ts";

interface ValidateOptions extends KeyOptions {
  readonly inventory: readonly string[];
  readonly limit?: string;
  readonly extraVars: readonly string[];
}

/** `fusion-play validate <playbook>...`: checks files and touches no host. */
export function validateCommand(context: CommandContext): Command {
  const command = new Command("validate")
    .description("check playbooks, and an inventory where one is named; touches no host")
    .argument("<playbook...>", "YAML or TypeScript playbooks")
    .addOption(OPTION.inventory())
    .addOption(OPTION.limit())
    .addOption(OPTION.extraVars());
  return withKeyOptions(command).action(async (files: string[], options: ValidateOptions) => {
    const { signal } = context.stop;
    const opening = { signal, keys: await keysOf(options, context) };
    const extra = await readExtraVariables(options.extraVars, opening.keys);
    const playbooks =
      options.inventory.length === 0
        ? await loadPlaybooks(files, { ...opening, extraVars: "later" })
        : await withHosts(files, { ...options, extra }, opening);
    checkHostPatterns(playbooks.flatMap(({ plays }) => plays));
    for (const playbook of playbooks) process.stdout.write(`${summary(playbook)}\n`);
    context.exit(0);
  });
}

async function withHosts(
  files: readonly string[],
  { inventory: sources, limit, extra }: ValidateOptions & { readonly extra: readonly ExtraVariable[] },
  opening: LoadOptions & { readonly keys: Keys },
): Promise<Playbook[]> {
  const { secrets } = opening.keys;
  const extraVars = valuesOf(extra);
  const { playbooks, inventory } = await loadFiles(files, sources, { ...opening, extraVars });
  withSecretVariables({ playbooks, extraVars }, secrets); // patterns may be made of them
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  const selected = plays.map((play) => withSelectedSteps(play, { tags: [], skipTags: [] }));
  const onUnmatched = (part: string): void => tellUnmatched(secrets.mask(part));
  const limited = limit === undefined ? undefined : await expandLimit(limit);
  const hosts = hostsOfPlays(plays, { inventory, limit: limited, onUnmatched });
  checkVariables(selected, hosts, { inventory, extraVars });
  withGivenConnection(inventory, extra);
  return playbooks;
}

function summary({ file, plays }: Playbook): string {
  const handlers = plays.reduce((sum, play) => sum + play.handlers.length, 0);
  const lists = plays.flatMap(({ steps }) => (typeof steps === "function" ? [] : [allSteps(steps).length]));
  const steps = lists.reduce((sum, count) => sum + count, 0);
  // What a function will do is known only by running it.
  const functions = plays.length - lists.length;
  const parts = [
    formatCount(plays.length, "play"),
    ...(lists.length > 0 ? [formatCount(steps, "step")] : []),
    ...(handlers > 0 ? [formatCount(handlers, "handler")] : []),
    ...(functions > 0 ? [`steps of ${formatCount(functions, "play")} in a function`] : []),
  ];
  return `${file}: ok, ${parts.join(", ")}`;
}
