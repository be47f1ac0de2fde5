import { readFileSync } from "node:fs";

/** What a process has in memory, in megabytes (Linux); 0 if there is none. */
export function residentMegabytes(pid: number): number {
  return megabytes(pid, "VmRSS");
}

/** The most that it ever had. */
export function peakMegabytes(pid: number): number {
  return megabytes(pid, "VmHWM");
}

function megabytes(pid: number, key: string): number {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return 0;
  }
  const [, kilobytes = "0"] = new RegExp(`^${key}:\\s*(\\d+) kB`, "m").exec(status) ?? [];
  return Number(kilobytes) / 1024;
}
