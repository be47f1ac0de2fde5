import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** Process ids of all processes with exactly this command line, without zombies. */
export function processesOf(commandLine: string): number[] {
  return processTable()
    .filter(({ args }) => args === commandLine)
    .map(({ pid }) => pid);
}

/** Process ids of all processes whose command line holds `text`, without zombies. */
export function processesWith(text: string): number[] {
  return processTable()
    .filter(({ args }) => args.includes(text))
    .map(({ pid }) => pid);
}

function processTable(): { pid: number; args: string }[] {
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=", "-o", "stat=", "-o", "args="], {
    encoding: "utf8",
  });
  return table.split("\n").flatMap((line) => {
    const [, pid, stat, args] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return args === undefined || stat?.startsWith("Z") ? [] : [{ pid: Number(pid), args }];
  });
}

/** A number of seconds that no other test sleeps for: `sleep <number>` can be found among the processes. */
export function uniqueSeconds(): string {
  return `${4000 + process.pid}.${Math.floor(Math.random() * 1e9)}`;
}

/** Waits until a condition holds; fails with its name otherwise. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not so within ${timeoutMs} ms: ${what}`);
    await sleep(50);
  }
}
