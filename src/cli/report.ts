import { Command, Option } from "commander";
import { checkReportFolder, writeReportFile } from "../report/report-file.ts";
import { REPORT_FORMATS } from "../report/formats/report-formats.ts";
import { parseReportOption, REPORT_FORMAT_NAMES, reportFormat } from "../report/report-option.ts";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./failure.ts";
import { collect } from "./options.ts";
import { readReport } from "./read-report.ts";

/** `fusion-play report <file>`: writes the report of a run in other formats. */
export function reportCommand({ exit }: CommandContext): Command {
  return new Command("report")
    .description("write the report of a run (--report json=<file>) in other formats")
    .argument("<file>", "the report, as JSON")
    .addOption(
      new Option(
        "--to <format=file>",
        `${REPORT_FORMAT_NAMES.join(", ")}; without a file to standard output (repeatable)`,
      )
        .default([], "markdown")
        .argParser(collect),
    )
    .action(async (file: string, { to }: { readonly to: readonly string[] }) => {
      const wanted = (to.length === 0 ? ["markdown"] : to).map((value) =>
        value.includes("=") ? parseReportOption(value) : { format: reportFormat(value), file: undefined },
      );
      const report = await readReport(file);
      for (const target of wanted) if (target.file !== undefined) await checkReportFolder(target.file);
      for (const target of wanted) {
        const text = REPORT_FORMATS[target.format](report);
        if (target.file === undefined) process.stdout.write(text);
        else await writeReportFile(target.file, text);
      }
      exit(EXIT.ok);
    });
}
