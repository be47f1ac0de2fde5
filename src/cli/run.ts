import { FusionPlayError } from "../errors.ts";
import { Command, Option } from "commander";
import { dryRun } from "../engine/dry-run.ts";
import { runPlaybooks } from "../engine/run.ts";
import { selectSteps } from "../engine/select-steps.ts";
import { DEFAULT_ALWAYS_GRACE_MS, type PlanOptions, type RunOptions } from "../engine/run-options.ts";
import { expandLimit } from "../inventory/expand-limit.ts";
import { withGivenConnection } from "../inventory/given-connection.ts";
import { hasAlways } from "../playbook/all-steps.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { maskReport } from "../report/mask-events.ts";
import { dryRunText } from "../report/dry-run-text.ts";
import { jsonText } from "../report/json-text.ts";
import { writeReportFile } from "../report/report-file.ts";
import { dryRunToJson } from "../report/report-json.ts";
import { dryRunReports } from "../report/dry-run-reports.ts";
import { hostEnds } from "../report/written-report.ts";
import { checkBundles } from "./check-bundles.ts";
import { COMMAND_NAMES } from "./command-names.ts";
import {
  connectorOptions,
  withBecomeOptions,
  withConnectionOptions,
  type ConnectionOptions,
} from "./connection-options.ts";
import { readExtraVariables, valuesOf, type ExtraVariable } from "./extra-vars.ts";
import { EXIT, printError } from "./failure.ts";
import { useHeldSessions, type HeldSessionOptions } from "./held-sessions.ts";
import { keysOf, withKeyOptions, type KeyOptions } from "./key-options.ts";
import { printLists } from "./lists.ts";
import { loadFiles } from "./load-files.ts";
import { moduleSources } from "./module-sources.ts";
import { openJournal, type JournalChoice } from "./open-journal.ts";
import { OPTION } from "./options.ts";
import { withSecretVariables } from "./secret-variables.ts";
import { promptAsker } from "./ask-prompt.ts";
import type { CommandContext } from "./command-context.ts";
import { DRY_RUN_CONNECTED } from "./dry-run-mode.ts";
import { refuseUnknownCommand } from "./refuse-unknown-command.ts";
import { makeReporters, reportOptions, terminalWidth, textFormat, type OutputOptions } from "./reporters.ts";
import { readShard } from "./shard-option.ts";
import { sshConnector } from "./ssh-connector.ts";
import { tellUnmatched } from "./tell-unmatched.ts";
import { unknownTagTexts } from "./unknown-tags.ts";

/** Options of `run` and of `call`. */
export interface RunCommandOptions
  extends OutputOptions, KeyOptions, ConnectionOptions, JournalChoice, HeldSessionOptions {
  readonly inventory: readonly string[];
  readonly limit?: string;
  readonly extraVars: readonly string[];
  readonly modules: readonly string[];
  readonly concurrency: number;
  readonly connectConcurrency: number;
  readonly timeout: number;
  readonly "profile=roundtrips"?: true;
}

interface PlaybookRunOptions extends RunCommandOptions {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly startAtStep?: string;
  readonly retryFailed?: string;
  readonly shard?: string;
  readonly check?: true;
  readonly dryRun?: true;
  readonly "dryRun=connect"?: true;
  readonly listHosts?: true;
  readonly listSteps?: true;
}

/** `fusion-play run <playbook>...`, also without the word `run`. */
export function runCommand(context: CommandContext): Command {
  const command = new Command("run")
    .description("run plays (the default: fusion-play <playbook>...)")
    .argument("<playbook...>", "YAML or TypeScript playbooks")
    .addOption(OPTION.inventory())
    .addOption(OPTION.limit())
    .addOption(OPTION.extraVars())
    .addOption(OPTION.tags())
    .addOption(OPTION.skipTags())
    .addOption(new Option("--start-at-step <name>", "leave out the steps before this one"))
    .addOption(
      new Option(
        "--retry-failed <report>",
        "take only the hosts that failed or were unreachable in a JSON report",
      ),
    )
    .addOption(OPTION.shard())
    .addOption(OPTION.journal())
    .addOption(OPTION.resume())
    .addOption(new Option("--dry-run", "show what would be shipped; opens no connection"))
    .addOption(new Option(DRY_RUN_CONNECTED, "the same, by what the hosts have; changes nothing there"))
    .addOption(
      new Option("--check", "change nothing: ask functions what they would do").conflicts([
        "dryRun",
        "dryRun=connect",
      ]),
    )
    .addOption(new Option("--diff", "with --check: show what would be changed"))
    .addOption(new Option("--list-hosts", "show the hosts of each play"))
    .addOption(new Option("--list-steps", "show the steps of each play with their tags"));
  return withRunOptions(command).action((files: string[], options: PlaybookRunOptions) =>
    runFiles(files, options, context),
  );
}

async function runFiles(
  files: readonly string[],
  options: PlaybookRunOptions,
  context: CommandContext,
): Promise<void> {
  refuseUnknownCommand(files, COMMAND_NAMES);
  const { signal } = context.stop;
  const keys = await keysOf(options, context);
  const extra = await readExtraVariables(options.extraVars, keys);
  const loading = { signal, keys, extraVars: valuesOf(extra) };
  const { playbooks, inventory } = await loadFiles(files, options.inventory, loading);
  const plan: PlanOptions = {
    ...(await planOptions({ playbooks, inventory, extra }, options, keys.secrets)),
    tags: options.tags,
    skipTags: options.skipTags,
    startAtStep: options.startAtStep,
    shard: options.shard === undefined ? undefined : readShard(options.shard, process.env),
    onlyHosts: options.retryFailed === undefined ? undefined : await failedHosts(options.retryFailed),
    signal,
  };
  if (options.diff === true && options.check !== true) {
    throw new FusionPlayError("Cannot show what would be changed: --diff belongs to --check", {
      code: "USAGE",
      hint: "Add --check",
    });
  }
  const { tags, skipTags, startAtStep } = options;
  selectSteps(playbooks, { tags, skipTags, startAtStep }); // that none is left says more
  for (const text of unknownTagTexts(playbooks, [...tags, ...skipTags])) process.stderr.write(`${text}\n`);
  const listed = { hosts: options.listHosts === true, steps: options.listSteps === true };
  const told = { ...options, secrets: keys.secrets };
  if (listed.hosts || listed.steps) return printLists(plan, listed, told);
  const isConnected = options["dryRun=connect"] === true;
  const isDry = options.dryRun === true || isConnected;
  context.exit(
    isDry
      ? await runDry(plan, told, isConnected)
      : await run({ ...plan, check: options.check === true }, told, context),
  );
}

/** Hosts that are to be tried again. @throws {FusionPlayError} `NO_HOST_MATCHED` if there are none */
async function failedHosts(file: string): Promise<ReadonlySet<string>> {
  const { readReport } = await import("./read-report.ts");
  const ends = hostEnds(await readReport(file));
  const failed = ends.filter(({ status }) => status === "failed" || status === "unreachable");
  if (failed.length > 0) return new Set(failed.map(({ host }) => host));
  throw new FusionPlayError(`Cannot retry: no host failed or was unreachable in "${file}"`, {
    code: "NO_HOST_MATCHED",
    hint: "Nothing is left to do",
  });
}

/** Adds what `run` and `call` have in common. */
export function withRunOptions(command: Command): Command {
  return withBecomeOptions(withConnectionOptions(withKeyOptions(command)))
    .addOption(OPTION.modules())
    .addOption(OPTION.concurrency())
    .addOption(OPTION.connectConcurrency())
    .addOption(OPTION.timeout())
    .addOption(OPTION.keep())
    .addOption(OPTION.fresh())
    .addOption(OPTION.output())
    .addOption(OPTION.report())
    .addOption(OPTION.verbose())
    .addOption(OPTION.profile())
    .addOption(OPTION.profileRoundTrips())
    .addOption(OPTION.noColor());
}

/** What the options of the command line say of a plan. */
export async function planOptions(
  {
    playbooks,
    inventory,
    extra,
  }: Pick<PlanOptions, "playbooks" | "inventory"> & { readonly extra: readonly ExtraVariable[] },
  options: RunCommandOptions,
  secrets: Secrets,
): Promise<
  Pick<PlanOptions, "playbooks" | "inventory" | "limit" | "onUnmatched" | "extraVars" | "openModules">
> {
  await checkBundles(playbooks);
  return {
    playbooks,
    inventory: withGivenConnection(inventory, extra),
    limit: options.limit === undefined ? undefined : await expandLimit(options.limit),
    onUnmatched: (part) => tellUnmatched(secrets.mask(part)),
    extraVars: valuesOf(extra),
    openModules: moduleSources(options.modules),
  };
}

/** Runs plays and reports; gives the exit code. */
export async function run(
  given: PlanOptions & Pick<RunOptions, "check">,
  options: RunCommandOptions & WithSecrets,
  { stop, beginRun }: CommandContext,
): Promise<number> {
  const { secrets } = options;
  const plan = withSecretVariables(given, secrets);
  const warnings: string[] = [];
  const reporters = await makeReporters(options, secrets, (text) => warnings.push(text));
  if (plan.playbooks.some(({ plays }) => plays.some(hasAlways))) stop.allow(DEFAULT_ALWAYS_GRACE_MS);
  const connecting = await connectorOptions(options, secrets, plan.signal);
  await using held = await useHeldSessions(options, connecting, (text) => warnings.push(text));
  const runOptions: RunOptions = {
    ...plan,
    ask: promptAsker(plan.signal, secrets),
    connect: sshConnector(connecting, held),
    concurrency: options.concurrency,
    connectConcurrency: options.connectConcurrency,
    stepTimeoutMs: options.timeout,
    countTraffic: options["profile=roundtrips"] === true,
    onEvent: (event) => reporters.onEvent(event),
    onHidden: (data, host) => secrets.addResult(data, host),
    cancelledExitCode: () => stop.exitCode ?? EXIT.bug,
  };
  const journal = await openJournal(options, secrets);
  let failures: unknown[] = [];
  try {
    beginRun();
    const report = await runPlaybooks({ ...runOptions, ...journal });
    await held.end(plan.signal.aborted ? "stopped" : "ended");
    failures = [...(await reporters.end()), ...(journal?.journal.end() ?? [])];
    return failures.length > 0 && report.exit_code === EXIT.ok ? EXIT.bug : report.exit_code;
  } catch (error) {
    await reporters.end();
    journal?.journal.end();
    throw error;
  } finally {
    for (const failure of failures) printError(failure, process.stderr, (text) => secrets.mask(text));
    for (const warning of warnings) process.stderr.write(`warning: ${secrets.mask(warning)}\n`);
  }
}

/** What is hidden in all that is told of a run. */
interface WithSecrets {
  readonly secrets: Secrets;
}

async function runDry(
  plan: PlanOptions,
  options: RunCommandOptions & WithSecrets,
  isConnected: boolean,
): Promise<number> {
  const files = dryRunReports(await reportOptions(options));
  const { concurrency, connectConcurrency } = options;
  const connecting = isConnected ? await connectorOptions(options, options.secrets, plan.signal) : undefined;
  const warn = (text: string): void => void process.stderr.write(`warning: ${options.secrets.mask(text)}\n`);
  await using held = connecting && (await useHeldSessions(options, connecting, warn));
  const planned = await dryRun({
    ...withSecretVariables(plan, options.secrets),
    connect: connecting && sshConnector(connecting, held),
    concurrency,
    connectConcurrency,
  });
  await held?.end(plan.signal.aborted ? "stopped" : "ended");
  const report = maskReport(planned, options.secrets);
  for (const { file, write } of files) await writeReportFile(file, write(report));
  if (options.output === "ndjson") process.stdout.write(`${jsonText(dryRunToJson(report))}\n`);
  else process.stdout.write(dryRunText(report, { ...textFormat(options), ...terminalWidth() }));
  return report.exit_code;
}
