import type { Writable } from "node:stream";
import { endLines } from "./end-lines.ts";
import { EventLines } from "./event-lines.ts";
import { type Line, renderLine } from "./line.ts";
import type { Reporter } from "./reporter.ts";
import type { TextFormat } from "./text-format.ts";
import { TextOutput } from "./text-output.ts";

export interface LinesReporterOptions {
  readonly stream: Writable & { readonly columns?: number };
  readonly format: TextFormat;
  /**
   * How often `-v` was given.
   *
   * @default 0
   */
  readonly verbosity?: number;
  /** Shows what steps would change. @default false */
  readonly diff?: boolean;
  /** Shows which steps took longest. @default false */
  readonly profile?: boolean;
}

/** Writes a line for each finished step and host, then the recap: for logs, and wherever no cursor can move. */
export function linesReporter({
  stream,
  format,
  verbosity = 0,
  diff = false,
  profile = false,
}: LinesReporterOptions): Reporter {
  const output = new TextOutput(stream);
  const columns = (): number | undefined => stream.columns || undefined;
  const eventLines = new EventLines({ verbosity, failuresOnly: false, diff, columns });
  const write = (lines: readonly Line[]): void => {
    for (const line of lines) output.writeLine(renderLine(line, format));
  };
  return {
    onEvent(event) {
      write(eventLines.add(event));
      if (event.type === "run_finished") {
        write(endLines(event.report, { profile, verbosity, columns: columns() }));
      }
    },
    end: () => output.flush(),
  };
}
