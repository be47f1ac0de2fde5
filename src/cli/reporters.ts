import type { RenderOptions } from "../report/line.ts";
import { canShowLive, detectTextFormat, type TextFormat } from "../report/text-format.ts";
import { fileReporter } from "../report/file-reporter.ts";
import { linesReporter } from "../report/lines-reporter.ts";
import { maskEvents } from "../report/mask-events.ts";
import { ndjsonReporter } from "../report/ndjson-reporter.ts";
import { checkReportFolder } from "../report/report-file.ts";
import { checkFilesDiffer, parseReportOption, type ReportOption } from "../report/report-option.ts";
import { readTraceSettings } from "../report/otel/trace-settings.ts";
import { traceReporter } from "../report/otel/trace-reporter.ts";
import type { Reporter } from "../report/reporter.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { RunEvent } from "../engine/run-event.ts";
import type { JournalChoice } from "./open-journal.ts";
import { version } from "./version.ts";

export interface OutputOptions {
  readonly output: "pretty" | "lines" | "ndjson";
  readonly report: readonly string[];
  readonly verbose: number;
  readonly diff?: true;
  readonly profile?: true;
  readonly color: boolean;
}

/** What standard output understands. */
export function textFormat({ color }: Pick<OutputOptions, "color">): TextFormat {
  return detectTextFormat({ isTTY: process.stdout.isTTY, env: process.env, noColor: !color });
}

/**
 * What `--report` asks for, each in a folder that can be written to.
 *
 * @throws {FusionPlayError} `USAGE` if one would be written over another, or over the journal
 */
export async function reportOptions({
  report,
  journal,
  resume = journal,
}: Pick<OutputOptions, "report"> & JournalChoice): Promise<ReportOption[]> {
  const options = report.map(parseReportOption);
  checkFilesDiffer(
    options.map(({ file }) => file),
    resume,
  );
  for (const { file } of options) await checkReportFolder(file);
  return options;
}

/**
 * Makes the reporters of a run: one on standard output, one for each report, and one for a trace where the environment
 * asks for it. None sees a secret.
 *
 * @param warn told what is no reason to fail
 */
export async function makeReporters(
  options: OutputOptions & JournalChoice,
  secrets: Secrets,
  warn: (text: string) => void,
): Promise<Reporters> {
  const files = await reportOptions(options);
  const { settings, problems } = readTraceSettings(process.env, version());
  problems.forEach(warn);
  const traces = settings === undefined ? [] : [traceReporter({ settings, version: version(), warn })];
  return new Reporters([await outputReporter(options), ...files.map(fileReporter), ...traces], secrets);
}

async function outputReporter(options: OutputOptions): Promise<Reporter> {
  const { output, verbose: verbosity, diff = false, profile = false } = options;
  const stream = process.stdout;
  const format = textFormat(options);
  if (output === "ndjson") return ndjsonReporter({ stream });
  if (output === "pretty" && canShowLive({ isTTY: stream.isTTY, env: process.env })) {
    const { liveReporter } = await import("../report/live-reporter.ts");
    return liveReporter({ stream, format, verbosity, diff, profile });
  }
  return linesReporter({ stream, format, verbosity, diff, profile });
}

/** The width that lines must fit into, which only a terminal has. */
export function terminalWidth(): Pick<RenderOptions, "width"> {
  return process.stdout.isTTY ? { width: process.stdout.columns } : {};
}

/** Several reporters that are told the same; they never see each other. */
export class Reporters {
  readonly #reporters: readonly Reporter[];
  /** Tells all of them. */
  readonly onEvent: (event: RunEvent) => void;

  /** @param secrets what none of them sees */
  constructor(reporters: readonly Reporter[], secrets: Secrets) {
    this.#reporters = reporters;
    this.onEvent = maskEvents((event) => {
      for (const reporter of reporters) reporter.onEvent(event);
    }, secrets);
  }

  /** Ends all of them; gives what went wrong, as one that fails must not keep the others. */
  async end(): Promise<unknown[]> {
    const ends = await Promise.allSettled(this.#reporters.map((reporter) => reporter.end()));
    return ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  }
}
