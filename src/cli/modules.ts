import { basename, dirname, resolve } from "node:path";
import { Command, Option } from "commander";
import { openModuleSource, type CodePathSource } from "../beam/code-paths.ts";
import type { Dependencies } from "../beam/dependencies.ts";
import { shortestChains, shortestChainsFromTops } from "../beam/shortest-chains.ts";
import { moduleEffects } from "../engine/dry-run-code.ts";
import { FusionPlayError } from "../errors.ts";
import { moduleName } from "../playbook/module-name.ts";
import type { RenderOptions } from "../report/line.ts";
import { modulesDot } from "../report/modules-dot.ts";
import type { ModulesReport, ReportedReason, WhyReport } from "../report/modules-report.ts";
import { modulesTable } from "../report/modules-table.ts";
import { modulesTree } from "../report/modules-tree.ts";
import { whyText } from "../report/why-text.ts";
import { applicationOwners } from "./application-owners.ts";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./failure.ts";
import { OPTION } from "./options.ts";
import { terminalWidth, textFormat } from "./reporters.ts";

interface ModulesOptions {
  readonly modules: readonly string[];
  readonly app: readonly string[];
  readonly why?: string;
  readonly tree?: true;
  readonly dot?: true;
  readonly json?: true;
  readonly color: boolean;
}

/** Chains that `--why` shows; more of the same length tell nothing new. */
const MAX_CHAINS = 10;

/** `fusion-play modules <module|file>...`: what would be shipped with modules, and why. */
export function modulesCommand({ stop, exit }: CommandContext): Command {
  return new Command("modules")
    .description("show the closure of modules: what would be shipped with them, and why")
    .argument("[module|file...]", "modules, .beam files or sources (default: all that -m names)")
    .addOption(OPTION.modules("where the code is: ebin folder, glob, .beam or source (repeatable)"))
    .addOption(
      new Option(
        "--app <application>",
        "all modules of an application and of those that it needs (repeatable)",
      )
        .default([], "none")
        .argParser((value, before: readonly string[]) => [...before, value]),
    )
    .addOption(new Option("--why <module>", "show the shortest chains of needs that lead to a module"))
    .addOption(new Option("--tree", "show who needs whom as a tree").conflicts(["dot", "json", "why"]))
    .addOption(new Option("--dot", "write the graph for Graphviz").conflicts(["json", "why"]))
    .addOption(new Option("--json", "write JSON (schemas/modules.schema.json)"))
    .addOption(OPTION.noColor())
    .action(async (asked: string[], options: ModulesOptions) => {
      const listed = await list(asked.map(readArgument), options, stop.signal);
      for (const warning of listed.source.warnings) process.stderr.write(`${warning}\n`);
      process.stdout.write(await output(listed, options));
      exit(EXIT.ok);
    });
}

type Argument =
  | { readonly type: "module"; readonly name: string }
  | { readonly type: "beam" | "source"; readonly path: string };

function readArgument(text: string): Argument {
  if (text.endsWith(".beam")) return { type: "beam", path: resolve(text) };
  if (/\.(ex|exs|erl)$/.test(text)) return { type: "source", path: resolve(text) };
  return { type: "module", name: readModuleName(text) };
}

function readModuleName(text: string): string {
  const name = moduleName(text);
  if (name !== undefined) return name;
  throw new FusionPlayError(`Cannot read "${text}": it is no name of a module, and no .beam file or source`, {
    code: "USAGE",
    hint: text.includes("/")
      ? "Name folders with -m, and put globs in quotes, or the shell takes them apart"
      : "Write RemoteHealth, my_app or path/to/my_app.beam",
  });
}

interface Listed {
  readonly source: CodePathSource;
  readonly dependencies: Dependencies;
  /** Whether nothing was named, so that all modules were asked for. */
  readonly all: boolean;
  /** The applications of modules that were asked for with these. */
  readonly owners: ReadonlyMap<string, string>;
}

/** Opens the code that was named, and finds the closure of the modules that were asked for. */
async function list(
  asked: readonly Argument[],
  { modules: codePaths, app }: ModulesOptions,
  signal: AbortSignal,
): Promise<Listed> {
  if (asked.length === 0 && codePaths.length === 0) {
    throw new FusionPlayError("Cannot show modules: none is named", {
      code: "USAGE",
      hint: "Name modules or files, or all modules of a folder with -m, such as -m '_build/prod/lib/*/ebin'",
    });
  }
  const files = asked.flatMap((argument) => (argument.type === "module" ? [] : [argument.path]));
  // What a .beam file needs is most likely beside it.
  const besides = asked.flatMap((argument) => (argument.type === "beam" ? [dirname(argument.path)] : []));
  const source = await openModuleSource({ paths: [...files, ...codePaths, ...besides], signal });
  const all = asked.length === 0 && app.length === 0;
  const owners = await applicationOwners(source, app);
  const named = asked.flatMap((argument) => rootsOf(argument, source));
  const roots = all ? source.modules() : [...named, ...owners.keys()];
  const byApplication = new Map(Array.from(owners).filter(([module]) => !named.includes(module)));
  return { source, dependencies: await source.dependencies(roots), all, owners: byApplication };
}

function rootsOf(argument: Argument, source: CodePathSource): readonly string[] {
  switch (argument.type) {
    case "module":
      return [argument.name];
    case "beam":
      return [basename(argument.path, ".beam")];
    case "source":
      return source.modulesOfSource(argument.path);
  }
}

async function output(listed: Listed, options: ModulesOptions): Promise<string> {
  const format: RenderOptions = { ...textFormat(options), ...terminalWidth() };
  if (options.why !== undefined) {
    const why = await whyReport(listed, readModuleName(options.why));
    return options.json === true ? json(why) : whyText(why, format);
  }
  const report = await modulesReport(listed);
  if (options.json === true) return json(report);
  if (options.dot === true) return modulesDot(report);
  return options.tree === true ? modulesTree(report, format) : modulesTable(report, format);
}

function json(report: ModulesReport | WhyReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

async function modulesReport({
  source,
  dependencies: { roots, modules, provided },
  owners,
}: Listed): Promise<ModulesReport> {
  const effects = moduleEffects(await source.examine(modules.map(({ name }) => name)));
  const reported = modules.map((module) => ({
    module: module.name,
    file: module.file,
    md5: module.md5,
    file_bytes: module.fileBytes,
    bytes: module.binary.byteLength,
    needed_by: module.neededBy,
    reason: module.reason ?? applicationReason(module.name, owners),
    needs: module.needs,
    needs_provided: module.needsProvided,
    ...(effects.get(module.name) ?? { effects: [], own_effects: [] }),
  }));
  const totals = {
    modules: reported.length,
    file_bytes: reported.reduce((sum, { file_bytes }) => sum + file_bytes, 0),
    bytes: reported.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  return { version: 1, roots, modules: reported, provided, installed: await source.checkable(), totals };
}

/** Why a module was asked for, if that was for the sake of an application. */
function applicationReason(module: string, owners: Listed["owners"]): ReportedReason | null {
  const application = owners.get(module);
  return application === undefined ? null : { type: "application", application };
}

async function whyReport({ source, dependencies, all, owners }: Listed, module: string): Promise<WhyReport> {
  const provided = (await source.whereIs(module)) === "provided";
  const find = all ? shortestChainsFromTops : shortestChains;
  const { chains, count } = find(dependencies, module, MAX_CHAINS);
  const explained = chains.map((chain) =>
    chain.map((link) => ({ ...link, reason: link.reason ?? applicationReason(link.module, owners) })),
  );
  return { version: 1, module, provided, chains: explained, chain_count: count };
}
