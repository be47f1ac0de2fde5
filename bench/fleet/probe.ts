// Loaded into a process before its program: tells what it uses, at SIGUSR2 and in the end, as lines of a file.
import { appendFileSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process has used. Times in milliseconds, memory in bytes. */
export interface Usage {
  /** Of all threads. */
  readonly cpu: number;
  /** Of the thread that runs the program. */
  readonly own: number;
  /** Part of the time in which its event loop was not idle. */
  readonly busy: number;
  /** Objects and buffers of that thread that are in use, after a garbage collection. */
  readonly live: number;
  /** What the process has in memory. */
  readonly resident: number;
  /** The most that it ever had. */
  readonly peak: number;
}

const file = process.env["FLEET_PROBE_FILE"] ?? "";
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
setFlagsFromString("--no-expose-gc");

process.on("SIGUSR2", () => {
  const before = used();
  collect();
  collect();
  write({ ...used(), cpu: before.cpu, own: before.own, peak: before.peak });
});
process.once("exit", () => write(used()));

function used(): Usage {
  const { user, system } = process.cpuUsage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    cpu: (user + system) / 1000,
    own: ownCpu(),
    busy: performance.eventLoopUtilization().utilization,
    live: heapUsed + external,
    resident: rss,
    peak: process.resourceUsage().maxRSS * 1024,
  };
}

/** Linux counts the time of a thread in hundredths of a second: the 14th and 15th fields, as `man 5 proc` has it. */
function ownCpu(): number {
  const [, fields = ""] = readFileSync(`/proc/self/task/${process.pid}/stat`, "utf8").split(") ");
  const [user, system] = fields.split(" ").slice(11, 13).map(Number) as [number, number];
  return (user + system) * 10;
}

function write(usage: Usage): void {
  appendFileSync(file, `${JSON.stringify(usage)}\n`);
}
