import { Command, Option } from "commander";
import { globMatcher } from "../inventory/glob-matcher.ts";
import { formatCount, formatDuration } from "../report/quantity.ts";
import { findAgentSocket } from "../sessions/agent-folder.ts";
import type { SessionInfo } from "../sessions/agent-message.ts";
import { listSessions, stopSessions } from "../sessions/ask-agent.ts";

/** `fusion-play sessions`: what `--keep` has left. */
export function sessionsCommand(): Command {
  const sessions = new Command("sessions")
    .description("connections and BEAMs that are held for later runs")
    .exitOverride();
  sessions
    .command("list")
    .description("show the sessions that are held")
    .addOption(new Option("--json", "write JSON (schemas/sessions.schema.json)"))
    .action(async ({ json }: { readonly json?: true }) => {
      const held = await listSessions(findAgentSocket());
      process.stdout.write(
        json === true ? `${JSON.stringify(sessionsJson(held, Date.now()), null, 2)}\n` : table(held),
      );
    });
  sessions
    .command("stop")
    .description("end sessions at once: the BEAMs halt, the connections are closed")
    .argument("[pattern]", "names of hosts, such as web*,db1 (default: all)")
    .action(async (pattern: string | undefined) => {
      const path = findAgentSocket();
      const held = pattern === undefined ? undefined : (await listSessions(path)).map(({ host }) => host);
      const names = pattern === undefined ? null : namesMatching(pattern, held ?? []);
      const ended = names?.length === 0 ? [] : await stopSessions(path, names);
      process.stdout.write(`${endedText(ended, pattern, held ?? [])}\n`);
    });
  return sessions;
}

function namesMatching(pattern: string, hosts: readonly string[]): readonly string[] {
  const matchers = pattern.split(",").map((glob) => globMatcher(glob.trim()));
  return hosts.filter((host) => matchers.some((matches) => matches(host)));
}

/** @param held the hosts that had one, where there is a pattern */
function endedText(ended: readonly string[], pattern: string | undefined, held: readonly string[]): string {
  if (ended.length > 0) return `Ended ${formatCount(ended.length, "session")}: ${ended.join(", ")}`;
  if (pattern === undefined || held.length === 0) return "No session is held";
  return `No session of "${pattern}" is held; there ${held.length === 1 ? "is" : "are"} ${formatCount(held.length, "other")}`;
}

/** The sessions as they are written. */
function sessionsJson(sessions: readonly SessionInfo[], now: number): unknown {
  return {
    version: 1,
    sessions: sessions.map(({ host, user, address, port, otp, pid, since, until, inUse }) => ({
      host,
      user,
      address,
      port,
      otp,
      pid,
      age_ms: now - since,
      lease_left_ms: until === null ? null : Math.max(0, until - now),
      in_use: inUse,
    })),
  };
}

function table(sessions: readonly SessionInfo[]): string {
  if (sessions.length === 0) return "No session is held\n";
  const now = Date.now();
  const rows = sessions.map(({ host, user, address, port, otp, since, until, inUse }) => [
    host,
    `${user}@${address.includes(":") ? `[${address}]` : address}:${port}`,
    otp === null ? "" : `OTP ${otp}`,
    formatDuration(now - since),
    inUse ? "in use" : formatDuration(Math.max(0, (until ?? now) - now)),
  ]);
  const all = [["host", "login", "runtime", "age", "left"], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
