import type { WrittenHost, WrittenReport, WrittenStep } from "../../src/report/written-report.ts";

/** How large a run is made. */
export interface LargeReportOptions {
  readonly hosts: number;
  readonly steps: number;
  /** Whether every host gives another result and prints something else in every step. */
  readonly allDiffer?: boolean;
}

const START = Date.UTC(2026, 10, 21, 7, 44, 9);

/** Makes the report of a run as large as one likes: the 7th host failed, the 11th was unreachable, the 13th differs. */
export function largeReport(options: LargeReportOptions): WrittenReport {
  const hosts = Array.from({ length: options.hosts }, (_, index) => {
    const name = `web${String(index + 1).padStart(4, "0")}`;
    return [name, hostOf(index, options)] as const;
  });
  return {
    version: 1,
    status: "failed",
    exit_code: 6,
    started_at: at(0),
    duration_ms: 20_000,
    plays: [{ name: "Fleet health", hosts: Object.fromEntries(hosts) }],
  };
}

function hostOf(index: number, options: LargeReportOptions): WrittenHost {
  const pushed = { modules: 1, bytes: 4096, skipped: 3, files: 0, file_bytes: 0 };
  const begin = Math.floor(index / 50) * 900 + (index % 50) * 7;
  const connect = { phase: "connect", started_at: at(begin), duration_ms: 120.5 } as const;
  if (index === 10) {
    const error = { code: "SSH_CONNECT_FAILED", message: "Cannot connect: refused", hint: null } as const;
    return {
      status: "unreachable",
      error,
      transport: null,
      runtime: null,
      phases: [connect],
      pushed,
      steps: [],
    };
  }
  const isFailed = index === 6;
  const count = isFailed ? Math.ceil(options.steps / 2) : options.steps;
  return {
    status: isFailed ? "failed" : "ok",
    error: null,
    transport: "tunnels",
    runtime: { otp: "25", elixir: "1.14.0" },
    phases: [connect, { phase: "boot", started_at: at(begin + 121), duration_ms: 160 }],
    pushed,
    steps: Array.from({ length: count }, (_, step) =>
      stepOf({ index, step, begin, isFailed: isFailed && step === count - 1 }, options),
    ),
  };
}

interface StepPlace {
  readonly index: number;
  readonly step: number;
  readonly begin: number;
  readonly isFailed: boolean;
}

function stepOf(
  { index, step, begin, isFailed }: StepPlace,
  { allDiffer = false }: LargeReportOptions,
): WrittenStep {
  const isOther = index === 12 && step === 1;
  const own = allDiffer ? `, host: ${index}, step: ${step}, text: "${"of this host only ".repeat(12)}"` : "";
  const error = { code: "ASSERTION_FAILED", message: "only 12 MB", hint: null } as const;
  return {
    name: step === 0 ? "Ship" : `Collect ${step}`,
    kind: step === 0 ? "push" : "run",
    status: isFailed ? "failed" : step % 9 === 4 ? "changed" : "ok",
    rescued: false,
    started_at: at(begin + 281 + step * 20),
    duration_ms: 10 + ((index * 7 + step * 3) % 30),
    ...(step === 0 ? { push_ms: 8.5 } : {}),
    attempts: 1,
    items: null,
    result: null,
    ...(step === 0 || isFailed
      ? {}
      : { printed: `%{memory_mb: ${isOther ? 99 : 15}, status: :ok, kernel: "6.1.0-37-amd64"${own}}` }),
    output: allDiffer ? `line of host ${index} in step ${step}\n`.repeat(20) : "",
    pushed:
      step === 0
        ? [
            {
              module: "Elixir.RemoteHealth",
              bytes: 4096,
              md5: "0".repeat(32),
              needed_by: null,
              reason: null,
              elixir: null,
            },
          ]
        : [],
    pushed_files: [],
    error: isFailed ? error : null,
  };
}

function at(ms: number): string {
  return new Date(START + ms).toISOString();
}
