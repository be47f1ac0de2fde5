import type { DoctorCheck, DoctorHost, DoctorReport, DoctorStatus } from "./doctor-report.ts";
import { renderLine, type Line, type Style } from "./line.ts";
import { formatCount } from "./quantity.ts";
import type { TextFormat } from "./text-format.ts";

const HOST_STYLES: Readonly<Record<DoctorStatus, Style>> = { ok: "green", failed: "red", unreachable: "red" };
const CHECK_STYLES: Readonly<Record<DoctorCheck["status"], Style>> = {
  ok: "green",
  warning: "yellow",
  failed: "red",
};
const STATUS_COLUMNS = 9;
const NAME_COLUMNS = 12;

/** Writes what was found on one host: a line for each check, and one for each hint. */
export function doctorHostText(name: string, { status, checks }: DoctorHost, format: TextFormat): string {
  const lines: Line[] = [[{ text: name, style: "bold" }, ": ", { text: status, style: HOST_STYLES[status] }]];
  for (const check of checks) {
    lines.push([
      "  ",
      { text: check.status.padEnd(STATUS_COLUMNS), style: CHECK_STYLES[check.status] },
      check.name.padEnd(NAME_COLUMNS),
      check.found,
    ]);
    if (check.hint !== null) lines.push([" ".repeat(2 + STATUS_COLUMNS + NAME_COLUMNS), check.hint]);
  }
  return lines.map((line) => `${renderLine(line, format)}\n`).join("");
}

/** Writes how many hosts there are of each status. */
export function doctorSummary({ hosts }: DoctorReport): string {
  const all = Object.values(hosts);
  const counts = (["ok", "failed", "unreachable"] as const).map(
    (status) => `${all.filter((host) => host.status === status).length} ${status}`,
  );
  return `${formatCount(all.length, "host")}: ${counts.join(", ")}\n`;
}
