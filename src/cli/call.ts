import { Command } from "commander";
import { parseCall } from "../etf/parse-call.ts";
import { callTemplate } from "../playbook/call-template.ts";
import { FusionPlayError } from "../errors.ts";
import type { Location, Play } from "../playbook/playbook.ts";
import { NO_POLICY } from "../playbook/read-policy.ts";
import { STEP_DEFAULTS } from "../playbook/step-defaults.ts";
import { keysOf } from "./key-options.ts";
import { openInventory } from "./load-files.ts";
import { OPTION } from "./options.ts";
import type { CommandContext } from "./command-context.ts";
import { readExtraVariables } from "./extra-vars.ts";
import { planOptions, run, withRunOptions, type RunCommandOptions } from "./run.ts";

/** `fusion-play call <pattern> '<call>'`: one call on matching hosts. */
export function callCommand(context: CommandContext): Command {
  const command = new Command("call")
    .description("call one function on matching hosts")
    .argument("<pattern>", "host pattern")
    .argument("<call>", "such as 'System.version()' or 'os:cmd(\"uptime\")'")
    .addOption(OPTION.inventory())
    .addOption(OPTION.limit())
    .addOption(OPTION.extraVars());
  return withRunOptions(command).action(async (pattern: string, call: string, options: RunCommandOptions) => {
    const play = adHocPlay(pattern, call);
    const { signal } = context.stop;
    const keys = await keysOf(options, context);
    const inventory = await openInventory(options.inventory, { signal, keys });
    const playbooks = [{ file: "call", digest: null, plays: [play] }];
    const extra = await readExtraVariables(options.extraVars, keys);
    const plan = { ...(await planOptions({ playbooks, inventory, extra }, options, keys.secrets)), signal };
    // The result is what was asked for, so it is shown.
    const verbose = Math.max(1, options.verbose);
    context.exit(await run(plan, { ...options, verbose, secrets: keys.secrets }, context));
  });
}

/** It stands in no file. */
const LOCATION: Location = { file: "call", line: 0, column: 0 };

/** A play of one step. */
function adHocPlay(hosts: string, source: string): Play {
  const call = callTemplate(source, parseCall(source), () => {
    throw new FusionPlayError("Cannot read the call: `${{ … }}` needs a playbook", {
      code: "USAGE",
      hint: "Write the values themselves",
    });
  });
  return {
    name: source,
    hosts,
    hostsLocation: { ...LOCATION, line: 1, column: 1 },
    modules: [],
    codeLoading: "closure",
    bundle: undefined,
    transport: undefined,
    gatherFacts: false,
    handlers: [],
    forceHandlers: false,
    vars: {},
    varsFiles: [],
    prompts: [],
    serial: [],
    maxFailPercentage: undefined,
    strategy: "host_pinned",
    order: "inventory",
    anyErrorsFatal: false,
    ignoreUnreachable: false,
    policy: NO_POLICY,
    tags: [],
    location: LOCATION,
    steps: [{ ...STEP_DEFAULTS, kind: "run", name: source, call, purge: "soft", location: LOCATION }],
  };
}
