import { writeSync } from "node:fs";
import { framesOfPlay } from "../documents/frames-of-play.ts";

/**
 * Notices a process that ends before its command: code of plays and inventories runs in it. Without a word and with
 * exit code 0, that would pass for a run that went well.
 *
 * @param given the exit code that has been decided, which needs no word
 * @param otherwise gives the exit code where none has been
 * @returns what to call as soon as the command has ended
 */
export function noticeEarlyEnd(given: () => number | undefined, otherwise: () => number): () => void {
  const onExit = (): void => {
    if (given() === undefined) writeSync(process.stderr.fd, earlyEndText());
    process.exitCode = given() ?? otherwise();
  };
  process.once("exit", onExit);
  return () => process.off("exit", onExit);
}

function earlyEndText(): string {
  const call = { stack: "" };
  Error.captureStackTrace(call, process.exit);
  const [, ...frames] = framesOfPlay(call.stack).split("\n");
  const lines =
    frames.length > 0
      ? [
          "error: The process was ended before fusion-play was done",
          ...frames,
          "  Do not call process.exit() in plays and inventories: a play ends by return, or fails by an exception",
        ]
      : [
          "error: Nothing is left to wait for, and fusion-play is not done",
          "  Look for a promise in plays and inventories that is never settled",
        ];
  return `${lines.join("\n")}\n`;
}
