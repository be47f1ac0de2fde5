/** A line of a script for `/bin/sh` that tells its process, which leads its group. */
export const TELL_PID: string = 'echo "fusion-play:pid:$$"';

/** What startup files of the login shell have printed stands before it, also in its line. */
const PID = /fusion-play:pid:([1-9]\d{0,9})\r?\n/u;

/** Finds the process that a script has told; undefined where it has told none, or not yet to the end of the line. */
export function toldPid(output: string): number | undefined {
  const [, pid] = PID.exec(output) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** What a script printed after it has told its process. */
export function afterPid(output: string): string {
  const told = PID.exec(output);
  return told === null ? output : output.slice(told.index + told[0].length);
}
