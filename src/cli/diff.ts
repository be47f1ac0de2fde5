import { Command, Option } from "commander";
import { comparisonText } from "../report/comparison-text.ts";
import { compareReports } from "../report/compare-reports.ts";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./failure.ts";
import { OPTION } from "./options.ts";
import { readReport } from "./read-report.ts";
import { terminalWidth, textFormat } from "./reporters.ts";

interface DiffOptions {
  readonly json?: true;
  readonly color: boolean;
}

/** `fusion-play diff <before> <after>`: what changed between two runs. */
export function diffCommand({ exit }: CommandContext): Command {
  return new Command("diff")
    .description("show what changed between two runs (--report json=<file>), host by host")
    .argument("<before>", "the report of the first run, as JSON")
    .argument("<after>", "that of the second one")
    .addOption(new Option("--json", "write JSON (schemas/diff.schema.json)"))
    .addOption(OPTION.noColor())
    .action(async (before: string, after: string, options: DiffOptions) => {
      const comparison = compareReports(
        { file: before, report: await readReport(before) },
        { file: after, report: await readReport(after) },
      );
      const format = { ...textFormat(options), ...terminalWidth() };
      process.stdout.write(
        options.json === true
          ? `${JSON.stringify(comparison, null, 2)}\n`
          : comparisonText(comparison, format),
      );
      exit(comparison.same ? EXIT.ok : EXIT.differs);
    });
}
