import { failuresIn, type WrittenReport } from "../written-report.ts";
import { errorText } from "./error-text.ts";
import { sourcePath } from "./source-path.ts";

/**
 * Writes what failed as workflow commands of GitHub Actions: an annotation for each failure at the line where its step
 * stands, if a step of the workflow prints them.
 *
 * @see https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export function githubText(report: WrittenReport): string {
  return failuresIn(report)
    .map(({ play, place: { file, line }, host, step, error }) => {
      const title = step === undefined ? `${host} | ${play}` : `${host} | ${play} | ${step.name}`;
      const place = file === undefined ? "" : `file=${property(sourcePath(file))},line=${line},`;
      return `::error ${place}title=${property(title)}::${message(errorText(error))}\n`;
    })
    .join("");
}

function message(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return message(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
