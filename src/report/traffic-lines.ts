import type { Traffic } from "../engine/remote-node.ts";
import type { Report } from "../engine/report.ts";
import { displayWidth } from "./display-width.ts";
import { foldHostsWithin } from "./host-ranges.ts";
import type { Line } from "./line.ts";
import { formatBytes, formatCount } from "./quantity.ts";
import { headingsOf } from "./step-heading.ts";

/** So many parts of a run are shown. */
const MOST = 50;
const NAME_LIMITS = { least: 10, most: 40 } as const;
const LEAST_HOSTS = 4;
const GAP = "  ";
const HEADER = ["HOSTS", "ROUND TRIPS", "SENT", "RECEIVED"];

/** Hosts for which a part of the run was the same. */
interface Row {
  readonly name: string;
  readonly hosts: readonly string[];
  /** Of one of them. */
  readonly traffic: Traffic;
}

/**
 * Tells how often hosts were waited for, with messages and bytes each way, for the parts of a run in their order: hosts
 * with as many round trips and messages are told together.
 *
 * @param width columns that lines are made to fit into
 * @returns nothing where traffic was not counted
 */
export function trafficLines(report: Report, width: number): Line[] {
  const rows = rowsOf(report);
  const totals = totalsOf(report);
  if (totals.length === 0) return [];
  const shown = [...rows.slice(0, MOST), ...totals];
  const cells = [HEADER, ...shown.map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const [header = "", ...numbers] = cells.map((row) =>
    row.map((cell, column) => GAP + cell.padStart(widths[column] ?? 0)).join(""),
  );
  const room = Math.max(NAME_LIMITS.least, width - GAP.length - header.length);
  const longest = Math.max(...shown.map(({ name }) => displayWidth(name)));
  const columns = Math.min(NAME_LIMITS.most, room, longest);
  const most = width - 2 * GAP.length - header.length - columns;
  const on = (hosts: readonly string[]): Line =>
    most < LEAST_HOSTS ? [] : [GAP, { text: foldHostsWithin(hosts, most), most }];
  const left = rows.length - MOST;
  return [
    [{ text: "ROUND TRIPS", style: "bold" }],
    [{ text: `${GAP}${" ".repeat(columns)}${header}`, style: "dim" }],
    ...shown.map((row, index): Line => [
      GAP,
      { text: row.name, columns },
      numbers[index] ?? "",
      ...on(row.hosts),
    ]),
    ...(left > 0 ? [[{ text: `${GAP}and ${formatCount(left, "part")} more`, style: "dim" } as const]] : []),
  ];
}

function cellsOf({ hosts, traffic }: Row): string[] {
  const { round_trips, messages_sent, bytes_sent, messages_received, bytes_received } = traffic;
  return [
    String(hosts.length),
    String(round_trips),
    `${messages_sent} (${formatBytes(bytes_sent)})`,
    `${messages_received} (${formatBytes(bytes_received)})`,
  ];
}

function rowsOf({ plays }: Report): Row[] {
  const parts = new Map<string, Map<string, { hosts: string[]; traffic: Traffic }>>();
  const add = (name: string, host: string, traffic: Traffic | undefined): void => {
    if (traffic === undefined) return;
    const part = parts.get(name) ?? new Map<string, { hosts: string[]; traffic: Traffic }>();
    parts.set(name, part);
    const key = keyOf(traffic);
    const alike = part.get(key);
    if (alike === undefined) part.set(key, { hosts: [host], traffic });
    else alike.hosts.push(host);
  };
  for (const { name: play, hosts } of plays) {
    const prefix = plays.length > 1 ? `${play} | ` : "";
    const headingOf = headingsOf(hosts);
    for (const [host, { phases = [], steps, traffic }] of Object.entries(hosts)) {
      for (const { phase, traffic: taken } of phases) add(`${prefix}connecting: ${phase}`, host, taken);
      add(`${prefix}facts`, host, traffic?.facts);
      for (const step of steps) {
        const { status, traffic: taken, push_traffic } = step;
        if (status === "skipped") continue;
        const name = headingOf(step);
        add(`${prefix}${name}`, host, taken);
        // Of a push, that is all.
        const isPart =
          taken !== undefined && push_traffic !== undefined && keyOf(taken) !== keyOf(push_traffic);
        if (isPart) add(`${prefix}${name}: push`, host, push_traffic);
      }
    }
  }
  return Array.from(parts, ([name, part]) => Array.from(part.values(), (row) => ({ name, ...row }))).flat();
}

/** What a play took as a whole, for each host. */
function totalsOf({ plays }: Report): Row[] {
  const totals = new Map<string, { hosts: string[]; traffic: Traffic }>();
  for (const { name: play, hosts } of plays) {
    for (const [host, { traffic }] of Object.entries(hosts)) {
      if (traffic === undefined) continue;
      const name = plays.length > 1 ? `${play} | total of a host` : "total of a host";
      const key = `${name} ${keyOf(traffic.total)}`;
      const alike = totals.get(key);
      if (alike === undefined) totals.set(key, { hosts: [host], traffic: traffic.total });
      else alike.hosts.push(host);
    }
  }
  return Array.from(totals, ([key, row]) => ({ name: key.slice(0, key.lastIndexOf(" ")), ...row }));
}

/** Bytes differ where names have other lengths, and say little more than messages do. */
function keyOf({ round_trips, messages_sent, messages_received }: Traffic): string {
  return [round_trips, messages_sent, messages_received].join();
}
