import { Command, Option } from "commander";
import { FusionPlayError } from "../errors.ts";
import { mergeReports, type NamedReport } from "../report/merge-reports.ts";
import type { WrittenReport } from "../report/written-report.ts";
import { checkReportFolder, writeReportFile } from "../report/report-file.ts";
import { REPORT_FORMATS } from "../report/formats/report-formats.ts";
import {
  checkFilesDiffer,
  parseReportOption,
  REPORT_FORMAT_NAMES,
  reportFormat,
} from "../report/report-option.ts";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./failure.ts";
import { collect } from "./options.ts";
import { readReport } from "./read-report.ts";

/** `fusion-play report <file>`: writes the report of a run in other formats. */
export function reportCommand({ exit }: CommandContext): Command {
  return new Command("report")
    .description("write the report of a run (--report json=<file>) in other formats")
    .argument("<file...>", "the report, as JSON, or the journal of the run; several with --merge")
    .addOption(new Option("--merge", "join the reports of a run on shards"))
    .addOption(
      new Option(
        "--to <format=file>",
        `${REPORT_FORMAT_NAMES.join(", ")}; without a file to standard output (repeatable)`,
      )
        .default([], "markdown")
        .argParser(collect),
    )
    .action(async (files: readonly string[], { to, merge }: ReportCommandOptions) => {
      const wanted = (to.length === 0 ? ["markdown"] : to).map((value) =>
        value.includes("=") ? parseReportOption(value) : { format: reportFormat(value), file: undefined },
      );
      checkFilesDiffer(wanted.flatMap(({ file }) => file ?? []));
      const report = merge === true ? await readParts(files) : await readReport(only(files));
      for (const target of wanted) if (target.file !== undefined) await checkReportFolder(target.file);
      for (const target of wanted) {
        const text = REPORT_FORMATS[target.format](report);
        if (target.file === undefined) process.stdout.write(text);
        else await writeReportFile(target.file, text);
      }
      exit(EXIT.ok);
    });
}

interface ReportCommandOptions {
  readonly to: readonly string[];
  readonly merge?: true;
}

async function readParts(files: readonly string[]): Promise<WrittenReport> {
  const parts: NamedReport[] = [];
  for (const name of files) parts.push({ name, report: await readReport(name) });
  return mergeReports(parts);
}

function only([file = "", ...others]: readonly string[]): string {
  if (others.length === 0) return file;
  throw new FusionPlayError("Cannot write one report of several files", {
    code: "USAGE",
    hint: "Add --merge to join those of a run on shards",
  });
}
