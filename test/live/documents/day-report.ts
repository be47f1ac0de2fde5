import type { HostReport, Report } from "../../../src/engine/report.ts";
import { atom, binary, MapTerm } from "../../../src/etf/term.ts";
import { writtenReport } from "../../../src/report/written-report.ts";
import { hostReport, stepReport } from "../../report/sample-run.ts";

/** What the report of a run on nineteen hosts holds; a broken disk fails the last of them. */
export function dayReport(
  startedAt: string,
  { kernel, isBroken }: { kernel: string; isBroken: boolean },
): string {
  const names = Array.from({ length: 19 }, (_, index) => `web${String(index + 1).padStart(2, "0")}`);
  const hosts = Object.fromEntries(
    names.map((name) => [name, isBroken && name === "web19" ? brokenHost() : goodHost(kernel)]),
  );
  const report: Report = {
    version: 1,
    status: isBroken ? "failed" : "ok",
    exit_code: isBroken ? 2 : 0,
    started_at: startedAt,
    duration_ms: 900,
    plays: [{ name: "Fleet health", hosts }],
  };
  return JSON.stringify(writtenReport(report));
}

function goodHost(kernel: string): HostReport {
  const result = new MapTerm([
    [atom("disks"), ["/", "/home", "/srv", "/var/lib/database"].map(binary)],
    [atom("kernel"), binary(kernel)],
    [atom("uptime"), atom("long")],
  ]);
  return hostReport({
    status: "ok",
    steps: [stepReport({ name: "Collect", kind: "run", status: "ok", result })],
  });
}

function brokenHost(): HostReport {
  const error = {
    code: "ERROR_RETURNED",
    message: "the function returned {:error, :disk_full}",
    hint: null,
  } as const;
  return hostReport({
    status: "failed",
    steps: [stepReport({ name: "Collect", kind: "run", status: "failed", error })],
  });
}
