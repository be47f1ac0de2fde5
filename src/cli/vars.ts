import { homedir } from "node:os";
import { dirname } from "node:path";
import { Command, Option } from "commander";
import { isSecretName } from "../documents/secret-name.ts";
import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { playVariables, type PlayVariable } from "../engine/play-variables.ts";
import { FusionPlayError } from "../errors.ts";
import { dataToValue, type Data } from "../etf/data.ts";
import { valueToJson } from "../etf/json.ts";
import { givenVariables, type GivenVariable } from "../inventory/given-variables.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { resolveInventory } from "../inventory/resolve-inventory.ts";
import { selectHosts } from "../inventory/select-hosts.ts";
import type { Play } from "../playbook/playbook.ts";
import { Secret } from "../secret.ts";
import { maskJson } from "../secrets/mask-json.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { ReportedSource, ReportedVariable, VariablesReport } from "../report/variables-report.ts";
import { explainedText, variablesText } from "../report/variables-text.ts";
import type { CommandContext } from "./command-context.ts";
import { readExtraVariables, valuesOf, type ExtraVariable } from "./extra-vars.ts";
import { EXIT } from "./failure.ts";
import { keysOf, withKeyOptions, type KeyOptions } from "./key-options.ts";
import { loadPlaybooks, openInventoryTree } from "./load-files.ts";
import { oneHost } from "./one-host.ts";
import { OPTION } from "./options.ts";

interface VarsOptions extends KeyOptions {
  readonly inventory: readonly string[];
  readonly extraVars: readonly string[];
  readonly explain?: string;
  readonly json?: true;
}

/** `fusion-play vars <host> [playbook...]`: the variables of a host, and where each comes from. */
export function varsCommand(context: CommandContext): Command {
  const command = new Command("vars")
    .description("show the variables of a host, and the file and line that each comes from")
    .argument("<host>", "name of a host, or a pattern for one")
    .argument("[playbook...]", "YAML or TypeScript playbooks, whose plays give variables as well")
    .addOption(OPTION.inventory())
    .addOption(OPTION.extraVars())
    .addOption(new Option("--explain <name>", "show all that give this variable, the winner first"))
    .addOption(new Option("--json", "write JSON (schemas/variables.schema.json)"));
  return withKeyOptions(command).action(async (host: string, files: string[], options: VarsOptions) => {
    process.stdout.write(await output(host, files, { ...options, context }));
    context.exit(EXIT.ok);
  });
}

async function output(
  pattern: string,
  files: readonly string[],
  { context, ...options }: VarsOptions & { readonly context: CommandContext },
): Promise<string> {
  const { signal } = context.stop;
  const keys = await keysOf(options, context);
  const playbookFolders = [...new Set(files.map((file) => dirname(file)))];
  const tree = await openInventoryTree(options.inventory, { playbookFolders, keys, signal });
  const inventory = resolveInventory(tree, { homeDirectory: homedir(), workingDirectory: process.cwd() });
  const extra = await readExtraVariables(options.extraVars, keys);
  const playbooks = await loadPlaybooks(files, { keys, signal, extraVars: valuesOf(extra) });
  const host = oneHost(tree, pattern);
  const all = variablesReport(host, {
    given: givenVariables(tree, host),
    extra,
    inventory,
    plays: files.length === 0 ? undefined : playbooks.flatMap(({ plays }) => plays),
  });
  const report = withoutSecrets(
    options.explain === undefined ? all : only(all, options.explain),
    keys.secrets,
  );
  if (options.json === true) return `${JSON.stringify(report, null, 2)}\n`;
  return options.explain === undefined ? variablesText(report) : explainedText(report);
}

interface Sources {
  readonly given: readonly GivenVariable[];
  readonly extra: readonly ExtraVariable[];
  readonly inventory: Inventory;
  /** Undefined without a playbook. */
  readonly plays: readonly Play[] | undefined;
}

function variablesReport(name: string, { given, extra, inventory, plays }: Sources): VariablesReport {
  const host = inventory.hosts.get(name);
  if (host === undefined) throw new Error(`${name} was selected`);
  const ofInventory = given.map((variable) => named(variable.name, ofHost(variable, name)));
  const ofCommandLine = extra.map((variable) => named(variable.name, ofExtra(variable)));
  const variables = (ofPlay: readonly PlayVariable[]): ReportedVariable[] => {
    const inPlay = ofPlay.map((variable) => named(variable.name, ofPlaybook(variable)));
    return byName([...ofInventory, ...inPlay, ...ofCommandLine]);
  };
  if (plays === undefined)
    return { version: 1, host: name, plays: [{ name: null, variables: variables([]) }] };
  const own = plays.filter((play) => selectHosts(inventory, play.hosts).hosts.includes(host));
  if (own.length === 0) {
    throw new FusionPlayError(`Cannot show variables: no play has the host ${quote(name)}`, {
      code: "NO_HOST_MATCHED",
      hint: "Leave out the playbook, or check the hosts of its plays with --list-hosts",
    });
  }
  const options = { inventory, extraVars: valuesOf(extra) };
  return {
    version: 1,
    host: name,
    plays: own.map((play) => ({
      name: play.name,
      variables: variables(playVariables(play, host, options)),
    })),
  };
}

interface NamedSource {
  readonly name: string;
  readonly source: ReportedSource;
}

function named(name: string, source: ReportedSource): NamedSource {
  return { name, source };
}

/** @param sources lowest first */
function byName(sources: readonly NamedSource[]): ReportedVariable[] {
  const given = new Map<string, ReportedSource[]>();
  // What steps give hides nothing from others.
  const isAside = ({ source }: NamedSource): boolean => source.level === "step";
  for (const { name, source } of [...sources.filter(isAside), ...sources.filter((each) => !isAside(each))]) {
    const of = given.get(name) ?? [];
    of.unshift(source);
    given.set(name, of);
  }
  return [...given]
    .map(([name, of]) => ({ name, given: of }))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

type Value = Pick<ReportedSource, "state" | "value">;

function valueOf(name: string, data: Data | undefined): Value {
  // Who has called it a password does not want to see it on the screen.
  if (data instanceof Secret || isSecretName(name)) return { state: "secret", value: null };
  if (data === undefined) return { state: "unknown", value: null };
  return { state: "known", value: valueToJson(dataToValue(data)) };
}

function ofHost({ name, data, group, file, line }: GivenVariable, host: string): ReportedSource {
  const level = group === undefined ? "host" : "group";
  return { level, by: group ?? host, ...valueOf(name, data), file, line: line ?? null };
}

function ofPlaybook({ name, data, kind, step, location }: PlayVariable): ReportedSource {
  const { file, line } = location;
  const value = valueOf(name, data);
  return { level: kind === "step" ? "step" : "play", by: step ?? kind, ...value, file, line };
}

function ofExtra({ name, data, file, line }: ExtraVariable): ReportedSource {
  return { level: "extra", by: null, ...valueOf(name, data), file, line: line ?? null };
}

/** @throws {FusionPlayError} `USAGE` if nothing gives the variable */
function only(report: VariablesReport, name: string): VariablesReport {
  const plays = report.plays.map((play) => ({
    ...play,
    variables: play.variables.filter((variable) => variable.name === name),
  }));
  if (plays.some(({ variables }) => variables.length > 0)) return { ...report, plays };
  const names = report.plays.flatMap(({ variables }) => variables.map((variable) => variable.name));
  throw new FusionPlayError(`Cannot explain ${quote(name)}: nothing gives the host this variable`, {
    code: "USAGE",
    hint: didYouMean(name, names),
  });
}

/** Hides secrets that other values are made of. */
function withoutSecrets(report: VariablesReport, secrets: Secrets): VariablesReport {
  const masked = (source: ReportedSource): ReportedSource => ({
    ...source,
    value: maskJson(source.value, secrets),
  });
  const plays = report.plays.map((play) => ({
    ...play,
    variables: play.variables.map(({ name, given }) => ({ name, given: given.map(masked) })),
  }));
  return { ...report, plays };
}
